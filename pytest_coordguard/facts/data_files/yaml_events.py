"""YAML texts: whether they parse, in all documents and with any tag, and which keys come twice.

Only parser events are read. Nothing is built, so that neither a tag nor an alias can make anything of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, cast

MERGE = "<<"  # may come twice: each brings in another mapping


class Mark(Protocol):
    """Where an event begins, counted from 0."""

    line: int


class Event(Protocol):
    """What PyYAML's parser yields; a scalar alone has the last two."""

    start_mark: Mark
    value: str
    implicit: tuple[bool, bool]


@dataclass(slots=True)
class Entry:
    """A scalar key of a mapping."""

    text: str
    line: int
    value: Node | None = None


@dataclass(slots=True)
class Node:
    """A mapping, a sequence or a scalar, as far as its shape matters."""

    kind: str  # "mapping", "sequence", "scalar", "alias"
    line: int
    text: str = ""
    plain: bool = False
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def get(self, name: str) -> Node | None:
        """Return the value of a key, None when it is not there."""
        return next((entry.value for entry in self.entries if entry.text == name), None)


class YamlError(ValueError):
    """The text is no YAML."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class YamlDocuments:
    """The documents of one text, and the keys that come twice in one mapping."""

    roots: list[Node]
    repeated: list[tuple[int, str]]


def read_documents(text: str) -> YamlDocuments:
    """Return the shape of all documents of a text.

    Raises:
        YamlError: with the line.

    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=loader):
            reader.take(cast(Event, event))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 0, str(error.problem or error.context)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, f"U+{ord(text[error.position]):04X} may not stand in YAML") from error
    return YamlDocuments(reader.roots, reader.repeated)


class _Reader:
    """Builds nodes from events with a list for a stack, so that depth is no limit."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.repeated: list[tuple[int, str]] = []
        self.open: list[tuple[Node, list[Node]]] = []  # a collection, and its keys and values so far
        self.anchors: set[str] = set()

    def take(self, event: Event) -> None:
        line = event.start_mark.line + 1
        if anchor := getattr(event, "anchor", None):
            self._anchor(event, anchor, line)
        match type(event).__name__:  # the class itself would be imported with this module
            case "DocumentStartEvent":
                self.anchors = set()
            case "MappingStartEvent":
                self.open.append((Node("mapping", line), []))
            case "SequenceStartEvent":
                self.open.append((Node("sequence", line), []))
            case "MappingEndEvent" | "SequenceEndEvent":
                node, parts = self.open.pop()
                self._close(node, parts)
                self._add(node)
            case "ScalarEvent":
                self._add(Node("scalar", line, str(event.value), plain=bool(event.implicit[0])))
            case "AliasEvent":
                self._add(Node("alias", line))
            case _:
                pass

    def _anchor(self, event: Event, name: str, line: int) -> None:
        if type(event).__name__ != "AliasEvent":
            self.anchors.add(name)
        elif name not in self.anchors:
            raise YamlError(line, f"the alias *{name} has no anchor before it")

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.roots.append(node)

    def _close(self, node: Node, parts: list[Node]) -> None:
        if node.kind == "sequence":
            node.items = parts
            return
        seen: set[tuple[str, bool]] = set()
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.kind != "scalar":
                continue
            same = (key.text, key.plain and not key.text.isidentifier())  # `1` is a number, "1" is a text
            if same in seen and not (key.text == MERGE and key.plain):
                self.repeated.append((key.line, key.text))
            seen.add(same)
            node.entries.append(Entry(key.text, key.line, value))


def yaml_troubles(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a YAML text."""
    try:
        read = read_documents(text)
    except YamlError as error:
        yield error.line, f"is no YAML: {error}"
        return
    for line, key in read.repeated:
        yield line, f"has the key {key!r} twice in one mapping; readers keep one of the two"
