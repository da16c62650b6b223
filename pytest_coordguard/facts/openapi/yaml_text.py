"""YAML text as JSON data, by the rules of YAML 1.2 that OpenAPI asks for, and the lines of pointers.

OAS 3.1.1, section "Format": YAML 1.2; tags limited to its JSON schema ruleset, keys to strings. PyYAML's own
constructor reads YAML 1.1: dates become objects, `on` and `yes` booleans, and an anchor defined twice is refused
though YAML allows it (1.2.2, section 7.1: an alias means the last one before it). So this one reads parser events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_coordguard.facts.openapi.places import Pointer, step_into

MOST_NODES = 2_000_000  # aliases written out; a description of 13 MB has 700,000
TAG = "tag:yaml.org,2002:"
NULLS = {"", "~", "null", "Null", "NULL"}
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")  # YAML 1.2.2, section 10.3.2
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
MAY_BE_MORE = frozenset("-+.0123456789~nNtTfF")  # how a plain scalar begins that may be other than text


class NotYaml(ValueError):
    """The text cannot be read as JSON data."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class YamlText:
    """What a YAML text says."""

    data: Any
    repeated: list[tuple[Pointer, int]]  # keys that come twice in a mapping: pointer, line
    lines: dict[tuple[int, str], int]  # (id of the container, step) -> line; empty unless asked for


def read_yaml(text: str, *, with_lines: bool = False) -> YamlText:
    """Read one YAML document.

    Raises:
        NotYaml: with the line, when it is not YAML, or not to be written as JSON.

    """
    import yaml

    reader = _Reader(text, with_lines=with_lines)
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(mark.line + 1 if mark else 0, str(error.problem or error.context)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(line, f"U+{ord(text[error.position]):04X} may not stand in YAML") from error
    except RecursionError as error:
        raise NotYaml(0, "nested too deep to be read") from error
    return YamlText(data, reader.repeated, reader.lines)


def lines_of(text: str, pointers: Iterable[Pointer]) -> dict[Pointer, int]:
    """Return the line of each pointer, or of the last step that is there. Reads the text once more."""
    read = read_yaml(text, with_lines=True)
    return {pointer: _line(read, pointer) for pointer in pointers}


def _line(read: YamlText, pointer: Pointer) -> int:
    value, line = read.data, 1
    for step in pointer:
        try:
            line, value = read.lines.get((id(value), step), line), step_into(value, step)
        except LookupError:
            break
    return line


@dataclass(slots=True)
class _Anchor:
    value: Any
    size: int
    open: bool = True


@dataclass(slots=True)
class _Mapping:
    value: dict[str, Any] = field(default_factory=dict)
    merged: list[Any] = field(default_factory=list)


class _Reader:
    def __init__(self, text: str, *, with_lines: bool) -> None:
        import yaml

        self.yaml = yaml
        self.next = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text).get_event
        self.with_lines = with_lines
        self.lines: dict[tuple[int, str], int] = {}
        self.repeated: list[tuple[Pointer, int]] = []
        self.anchors: dict[str, _Anchor] = {}
        self.steps: list[str] = []
        self.size = 0

    def document(self) -> Any:
        self.next()  # the stream's start
        start = self.next()
        if isinstance(start, self.yaml.StreamEndEvent):
            raise NotYaml(0, "the file is empty")
        data = self.node(self.next())
        self.next()  # the document's end
        after = self.next()
        if not isinstance(after, self.yaml.StreamEndEvent):
            raise NotYaml(after.start_mark.line + 1, "a second YAML document begins here; one file holds one")
        return data

    def node(self, event: Any) -> Any:
        kind = type(event)
        self.size += 1
        if kind is self.yaml.AliasEvent:
            return self.alias(event)
        before = self.size
        if kind is self.yaml.ScalarEvent:
            value = _scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = _Anchor(value, 1, open=False)
            return value
        if event.tag not in (None, "!", TAG + "map", TAG + "seq"):
            raise NotYaml(event.start_mark.line + 1, f"the tag {event.tag!r} has no meaning in JSON")
        anchor = _Anchor(None, 0)
        if event.anchor:
            self.anchors[event.anchor] = anchor
        anchor.value = self.mapping() if kind is self.yaml.MappingStartEvent else self.sequence()
        anchor.size, anchor.open = self.size - before + 1, False
        return anchor.value

    def alias(self, event: Any) -> Any:
        line = event.start_mark.line + 1
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            raise NotYaml(line, f"the alias *{event.anchor} has no anchor before it")
        if anchor.open:
            raise NotYaml(line, f"the alias *{event.anchor} stands inside its own anchor, without end")
        self.size += anchor.size
        if self.size > MOST_NODES:
            raise NotYaml(line, f"aliases make more than {MOST_NODES:,} values of this file")
        return anchor.value

    def sequence(self) -> list[Any]:
        items: list[Any] = []
        while type(event := self.next()) is not self.yaml.SequenceEndEvent:
            step = str(len(items))
            if self.with_lines:
                self.lines[id(items), step] = event.start_mark.line + 1
            self.steps.append(step)
            items.append(self.node(event))
            self.steps.pop()
        return items

    def mapping(self) -> dict[str, Any]:
        mapping = _Mapping()
        while type(event := self.next()) is not self.yaml.MappingEndEvent:
            self.member(mapping, event)
        for other in mapping.merged:
            for key, value in other.items():
                mapping.value.setdefault(key, value)
        return mapping.value

    def member(self, mapping: _Mapping, event: Any) -> None:
        line = event.start_mark.line + 1
        key = self.key(event)
        if key == "<<" and type(event) is self.yaml.ScalarEvent and event.implicit[0]:
            mapping.merged += self.merged(line)
            return
        self.steps.append(key)
        if key in mapping.value:
            self.repeated.append((tuple(self.steps), line))
        if self.with_lines:
            self.lines[id(mapping.value), key] = line
        mapping.value[key] = self.node(self.next())
        self.steps.pop()

    def key(self, event: Any) -> str:
        """Return a key as it is written: the status `200` and the path `null` are text to OpenAPI."""
        if type(event) is self.yaml.ScalarEvent:
            if event.anchor:
                self.anchors[event.anchor] = _Anchor(event.value, 1, open=False)
            return str(event.value)
        value = self.node(event)
        if isinstance(value, (dict, list)):
            raise NotYaml(event.start_mark.line + 1, "a key is a mapping or a sequence; JSON knows text alone")
        return value if isinstance(value, str) else str(value)

    def merged(self, line: int) -> list[dict[str, Any]]:
        """Return what `<<` brings in: YAML 1.1's merge key, which descriptions use and most readers know."""
        value = self.node(self.next())
        others = value if isinstance(value, list) else [value]
        if not all(isinstance(other, dict) for other in others):
            raise NotYaml(line, "<< merges mappings, and this is none")
        return others


def _scalar(event: Any) -> Any:
    text = event.value
    if event.tag not in (None, "!"):
        return _tagged(event, event.tag.removeprefix(TAG))
    if not event.implicit[0] or (text and text[0] not in MAY_BE_MORE):  # quoted, or it cannot be other than text
        return text
    return _plain(text, event)


def _plain(text: str, event: Any) -> Any:
    if text in NULLS:
        return None
    if text in TRUTHS:
        return TRUTHS[text]
    if INTEGER.fullmatch(text):
        return _integer(text, event)
    if FLOAT.fullmatch(text):
        return float(text)
    if NOT_FINITE.fullmatch(text):
        raise NotYaml(event.start_mark.line + 1, f"{text} has no place in JSON")
    return text


def _integer(text: str, event: Any) -> int:
    try:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    except ValueError as error:  # more digits than sys.get_int_max_str_digits()
        raise NotYaml(event.start_mark.line + 1, f"a number of {len(text)} digits") from error


def _tagged(event: Any, tag: str) -> object:
    if tag == "str":
        return event.value
    value = _plain(event.value, event)
    fits = {"null": value is None, "bool": isinstance(value, bool), "int": type(value) is int}
    if tag == "float" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if not fits.get(tag):
        raise NotYaml(event.start_mark.line + 1, f"the tag {event.tag!r} has no meaning in JSON for {event.value!r}")
    return value
