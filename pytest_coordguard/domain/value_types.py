"""The types of a plan's values. Each knows how to read a node and how a JSON Schema says the same.

`read` returns the value, or `FAULTY` after it has noted what is wrong.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import Entries, Items, Node, Scalar, shown

FAULTY: Final = object()  # stands for a value that could not be read
Schema = dict[str, Any]
_ANY = r"[\s\S]*"


class ValueType(Protocol):
    """What a value may be."""

    @property
    def meant(self) -> str:
        """Say it to a person, as "a whole number"."""

    def read(self, node: Node, name: str, faults: Faults) -> object:
        """Return the value, or `FAULTY`; `name` is the key that messages speak of."""

    def schema(self) -> Schema:
        """Return the JSON Schema (draft 2020-12) that accepts what `read` accepts."""


def refuse(node: Node, name: str, meant: str, faults: Faults) -> object:
    """Note that a value is not what was meant, and return `FAULTY`."""
    faults.add(node.line, f"{name!r} is {node}; meant: {meant}")
    return FAULTY


@dataclass(frozen=True, slots=True)
class Located:
    """Text that refers to something else, and its line, so that a dangling reference can be shown."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it is written, whatever YAML would take it for: `1e2`, `no` and `3.10` keep their signs."""

    meant: str = "text"
    pattern: str = _ANY  # the whole text; in the dialect that Python and ECMA-262 share
    make: Callable[[str], Any] = str
    trouble: Callable[[str], str] | None = None  # says what is wrong with a text that the pattern refuses
    located: bool = False
    examples: tuple[str, ...] = ()

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if not isinstance(node, Scalar) or node.is_null:
            return refuse(node, name, self.meant, faults)
        if not _compiled(self.pattern).fullmatch(node.text):
            said = self.trouble(node.text) if self.trouble else ""
            faults.add(node.line, f"{name!r} is {shown(node.text)}{said and f', {said}'}; meant: {self.meant}")
            return FAULTY
        return Located(self.make(node.text), node.line) if self.located else self.make(node.text)

    def schema(self) -> Schema:
        found = _kinds(self.pattern)
        if self.pattern != _ANY:
            found["pattern"] = f"^(?:{self.pattern})$"
        return found | ({"examples": list(self.examples)} if self.examples else {})


@dataclass(frozen=True, slots=True)
class Number:
    """A number; a truth value is none, and neither is one in quotes."""

    whole: bool = False

    @property
    def meant(self) -> str:
        return "a whole number, as 10" if self.whole else "a number, as 10 or 7.5"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return refuse(node, name, self.meant, faults)
        if not self.whole:
            return float(value)
        return int(value) if value == int(value) else refuse(node, name, self.meant, faults)

    def schema(self) -> Schema:
        return {"type": "integer" if self.whole else "number"}


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false. `yes` and `on` are text to one YAML reader and true to another, so they are refused."""

    meant: str = "true or false"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        value = node.value if isinstance(node, Scalar) else None
        return value if isinstance(value, bool) else refuse(node, name, self.meant, faults)

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty value: `key:` or `key: null`."""

    meant: str = "empty"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return None if isinstance(node, Scalar) and node.is_null else refuse(node, name, self.meant, faults)

    def schema(self) -> Schema:
        return {"type": "null"}


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value, as YAML 1.2 and JSON read it."""

    meant: str = "any value"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if isinstance(node, Scalar):
            return node.value
        if isinstance(node, Items):
            return [self.read(item, name, faults) for item in node.items]
        return {key.text: self.read(value, key.text, faults) for key, value in node}

    def schema(self) -> Schema:
        return {}


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as 2026-12-31."""

    meant: str = "a date that exists, as 2026-12-31"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.text):
            try:
                return date.fromisoformat(node.text)
            except ValueError:
                pass
        return refuse(node, name, self.meant, faults)

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values. Text is compared as it is written, so that `3.1` needs no quotes."""

    values: tuple[Any, ...]
    ignore_case: bool = False
    named: str = ""  # says what is meant where the values are too many to list

    @property
    def meant(self) -> str:
        return self.named or " or ".join(_written(value) for value in self.values)

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if not isinstance(node, Scalar):
            return refuse(node, name, self.meant, faults)
        for value in self.values:
            if self._is(value, node):
                return value
        near = faults.suggest(node.text, [value for value in self.values if isinstance(value, str)])
        return refuse(node, name, f"{near}?" if near else self.meant, faults)

    def _is(self, value: object, node: Scalar) -> bool:
        if isinstance(value, str):
            return node.text.lower() == value.lower() if self.ignore_case else node.text == value
        return isinstance(node.value, bool) is isinstance(value, bool) and node.value == value

    def schema(self) -> Schema:
        twins = [twin for value in self.values for twin in _twins(value)]
        if not self.ignore_case:
            return {"enum": twins}
        return {
            "anyOf": [{"enum": twins}, {"type": "string", "pattern": f"^(?:{'|'.join(map(_any_case, self.values))})$"}]
        }


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; where its items are single values, one of them alone will do."""

    item: ValueType
    at_least: int = 0

    @property
    def meant(self) -> str:
        return f"a list of: {self.item.meant}"

    @property
    def _takes_one(self) -> bool:
        return not isinstance(self.item, ListOf | MapOf) and "properties" not in self.item.schema()

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if isinstance(node, Scalar) and not node.is_null and self._takes_one:
            value = self.item.read(node, name, faults)
            return FAULTY if value is FAULTY else [value]
        if not isinstance(node, Items):
            return refuse(node, name, self.meant, faults)
        if len(node.items) < self.at_least:
            faults.add(node.line, f"{name!r} is an empty list; meant: one at least, or no {name!r}")
            return FAULTY
        values = [self.item.read(item, name, faults) for item in node.items]
        return [value for value in values if value is not FAULTY]

    def schema(self) -> Schema:
        many: Schema = {"type": "array", "items": self.item.schema()} | (
            {"minItems": self.at_least} if self.at_least else {}
        )
        one = {"not": {"type": ["null", "array", "object"]}, **self.item.schema()}
        return {"anyOf": [one, many]} if self._takes_one else many


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys are the author's own."""

    value: ValueType
    key: Text = field(default_factory=Text)
    folded: bool = False  # keys that differ only in upper and lower case are refused

    @property
    def meant(self) -> str:
        return f"a mapping of names to: {self.value.meant}"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        if not isinstance(node, Entries):
            return refuse(node, name, self.meant, faults)
        if self.folded:
            _refuse_twins(node, faults)
        return {
            key.text: value for key, inner in node if (value := self._entry(key, inner, name, faults)) is not FAULTY
        }

    def _entry(self, key: Scalar, inner: Node, name: str, faults: Faults) -> object:
        if not _compiled(self.key.pattern).fullmatch(key.text):
            faults.add(key.line, f"{shown(key.text)} as a name in {name!r}; meant: {self.key.meant}")
        if isinstance(self.value, HasOwner):
            return self.value.read_of(key, inner, faults)
        return self.value.read(inner, key.text, faults)

    def schema(self) -> Schema:
        names = {"pattern": f"^(?:{self.key.pattern})$"}
        return {"type": "object", "propertyNames": names, "additionalProperties": self.value.schema()}


class HasOwner(ABC):
    """A type whose faults are told at the key that it belongs to."""

    __slots__ = ()

    @abstractmethod
    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        """Return what `read` returns; `key` is where it is named."""


@dataclass(frozen=True, slots=True)
class Either:
    """One of several types; the first that takes the value counts."""

    options: tuple[ValueType, ...]

    @property
    def meant(self) -> str:
        return " or ".join(option.meant for option in self.options)

    def read(self, node: Node, name: str, faults: Faults) -> object:
        tried = []
        for option in self.options:
            attempt = Faults(faults.path)
            value = option.read(node, name, attempt)
            if not attempt.findings:
                return value
            tried.append(attempt)
        real = [t for t, option in zip(tried, self.options, strict=True) if not isinstance(option, Nothing)]
        if len(real) == 1 and not (isinstance(node, Scalar) and node.is_null):  # X | None: say what is wrong with X
            faults.findings += real[0].findings
            return FAULTY
        return refuse(node, name, self.meant, faults)

    def schema(self) -> Schema:
        return {"anyOf": [option.schema() for option in self.options]}


def _refuse_twins(node: Entries, faults: Faults) -> None:
    first: dict[str, Scalar] = {}
    for key, _ in node:
        other = first.setdefault(key.text.casefold(), key)
        if other is not key:
            faults.refer(
                key.line,
                f"{shown(key.text)} differs from {shown(other.text)} on line {other.line} in upper and lower case "
                "only; meant: names that stay apart on every file system",
            )


def _kinds(pattern: str) -> Schema:
    """Return the JSON types whose written form a pattern takes: a task may be called 1, a date is never a number."""
    takes = {written: bool(_compiled(pattern).fullmatch(written)) for written in ("7", "7.5", "-7", "true")}
    numbers = ["number"] if takes["7.5"] else ["integer"] if takes["7"] else []
    found: Schema = {"type": ["string", *numbers, *(["boolean"] if takes["true"] else [])]}
    return found | ({"minimum": 0} if numbers and not takes["-7"] else {})


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    return _PATTERNS.get(pattern) or _PATTERNS.setdefault(pattern, re.compile(pattern))


def _written(value: object) -> str:
    return (
        {None: "empty", True: "true", False: "false"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )


def _twins(value: object) -> Sequence[object]:
    """Return the values that a JSON reader may see for one: itself, and what its text is without quotes."""
    plain = Scalar(value, 0).value if isinstance(value, str) else value
    return [value] if type(plain) is type(value) else [value, plain]


def _any_case(text: str) -> str:
    return "".join(f"[{sign.upper()}{sign.lower()}]" if sign.isalpha() else re.escape(sign) for sign in text)
