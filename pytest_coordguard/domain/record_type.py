"""A mapping with known keys, as a type of a plan's values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import Entries, Node, Scalar, shown
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.value_types import FAULTY, HasOwner, Schema, ValueType, refuse


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping, or one parameter of a check."""

    type: ValueType
    doc: str = ""  # one line, for editors
    required: bool = False
    default: Any = None  # for editors; what is not given is not passed on


@dataclass(frozen=True, slots=True)
class Fields:
    """What was read of a mapping: the values without fault, and where the keys stand."""

    name: str  # the key that the mapping stands at
    line: int
    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def given(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Return the values of these keys, those that the plan gives; `field="key"` renames one."""
        keys = {**{name: name for name in names}, **renamed}
        return {name: _frozen(self.values[key]) for name, key in keys.items() if key in self.values}


@dataclass(frozen=True, slots=True)
class Record(HasOwner):
    """A mapping with known keys. Others are refused."""

    what: str  # as messages name it: "a task"
    keys: Mapping[str, Key]
    one_of: tuple[str, ...] = ()  # of these keys exactly one is meant
    is_open: bool = False  # other keys cannot be judged here, and are passed over

    @property
    def meant(self) -> str:
        return f"a mapping with {', '.join(repr(key) for key, known in self.keys.items() if known.required) or 'keys'}"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        if not isinstance(node, Entries):
            return refuse(node, key.text, self.meant, faults)
        values = {}
        for inner, value in node:
            if (known := self.keys.get(inner.text)) is None:
                self._unknown(inner, faults)
            elif (read := known.type.read(value, inner.text, faults)) is not FAULTY:
                values[inner.text] = read
        self._require(key, node, faults)
        return Fields(key.text, key.line, values, {inner.text: inner.line for inner, _ in node})

    def _unknown(self, key: Scalar, faults: Faults) -> None:
        if not self.is_open:
            has = f"{self.what} has {', '.join(self.keys)}"
            faults.add(key.line, f"unknown key {shown(key.text)}; {faults.meant(key.text, list(self.keys), has)}")

    def _require(self, key: Scalar, node: Entries, faults: Faults) -> None:
        there = {inner.text for inner, _ in node}
        for name, known in self.keys.items():
            if known.required and name not in there:
                meant = known.doc.removesuffix(".") or known.type.meant
                faults.add(key.line, f"{shown(key.text)} has no {name!r}; meant: '{name}: …' ({meant})")
        chosen = [name for name in self.one_of if name in there]
        if self.one_of and len(chosen) != 1:
            found = "has " + (" and ".join(map(repr, chosen)) or "none of its kinds")
            faults.add(key.line, f"{shown(key.text)} {found}; meant: one of {', '.join(self.one_of)}")

    def schema(self) -> Schema:
        found: Schema = {
            "type": "object",
            "properties": {name: key_schema(key) for name, key in self.keys.items()},
            "additionalProperties": False,
        }
        required = [name for name, key in self.keys.items() if key.required]
        if required:
            found["required"] = required
        if self.one_of:
            found["oneOf"] = [{"required": [name]} for name in self.one_of]
        return found


class Built(HasOwner):
    """A mapping with known keys of which one value is built, once it was read without fault."""

    __slots__ = ()
    record: ClassVar[Record]

    @property
    def meant(self) -> str:
        return self.record.meant

    @abstractmethod
    def build(self, read: Fields, faults: Faults) -> object:
        """Return the value, and note what is amiss between the keys."""

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        before = len(faults.findings)
        read = self.record.read_of(key, node, faults)
        if not isinstance(read, Fields) or len(faults.findings) > before:
            return FAULTY
        return self.build(read, faults)

    def schema(self) -> Schema:
        return self.record.schema()


def key_schema(key: Key) -> Schema:
    """Return the schema of a key's value, with its description and default."""
    found = dict(key.type.schema())
    if key.doc:
        found["description"] = key.doc
    if (default := _plain(key.default)) is not None:
        found["default"] = default
    return found


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: object) -> object:
    """Return a default as a plan would write it; None when it has no such form."""
    if isinstance(value, Seconds):
        return f"{value:g}s"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | float | dict) else None
