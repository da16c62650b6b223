"""YAML bytes to nodes with lines. Nothing is constructed, and no file can make the reader swell, hang or crash.

Built from the parser's events rather than from PyYAML's own tree: its C composer recurses, so that a file of 200,000
brackets ends the process, and it refuses an anchor that is defined twice, which YAML allows (YAML 1.2, 3.2.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_coordguard.domain.faults import Faults, PlanError
from pytest_coordguard.domain.node import Entries, Items, Node, Scalar, shown

if TYPE_CHECKING:
    from yaml import MarkedYAMLError
    from yaml.events import AliasEvent, CollectionStartEvent, Event, ScalarEvent

LARGEST = 8 * 1024 * 1024  # bytes
DEEPEST = 60  # levels
MOST_NODES = 1_000_000  # values after aliases are followed
_BYTE_ORDER_MARK = "\ufeff"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")  # YAML 1.2, 5.1
_SURROGATE = re.compile("[\ud800-\udfff]")
_CORE = "tag:yaml.org,2002:"
_TAGS = {f"{_CORE}{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")} | {"!"}
_TOO_DEEP = f"nested more than {DEEPEST} levels deep; meant: a plan"
_HINTS = (  # words of the parser's own message (libyaml's, then PyYAML's), and what its author most likely meant
    (
        "mapping values are not allowed",
        "a ': ' where no key can stand; meant: quotes around a text that holds one, or another indentation",
    ),
    ("exceeded maximum nesting depth", _TOO_DEEP),  # a newer libyaml has a limit of its own
    ("tab character", "a tab; meant: spaces, which are what YAML indents with"),
    ("cannot start any token", "{sign} cannot start a value; meant: quotes around it"),
    ("unexpected end of stream", "a quote that opens on line {from_line} never closes; meant: a closing quote"),
    ("while scanning an alias", "'*' starts an alias; meant: quotes around a pattern, as '*.md'"),
    ("while scanning an anchor", "'&' starts an anchor; meant: quotes around it"),
    ("entries are not allowed", "a list item where none can stand; meant: '- ' on a line of its own"),
    ("could not find expected ':'", "line {from_line} is no 'key: value'; meant: a key with a colon and a value"),
    ("unknown escape", "a backslash in double quotes with no such escape; meant: single quotes, or two backslashes"),
    (
        "flow sequence",
        "the list that opens on line {from_line} never closes; meant: ',' between items and ']' at the end",
    ),
    (
        "flow mapping",
        "the mapping that opens on line {from_line} never closes; meant: ',' between entries and '}}' at the end",
    ),
    (
        "while parsing a block mapping",
        "this line does not belong to the mapping of line {from_line}; meant: the same indentation as its other keys",
    ),
    (
        "while parsing a block collection",
        "this line does not belong to the list of line {from_line}; meant: '- ' indented like its other items",
    ),
    ("node content", "a sign where a value was expected; meant: quotes around it"),
)


def read_yaml(data: bytes, faults: Faults) -> Node | None:
    """Return the one document of a YAML file, None when it holds none (or comments alone).

    Duplicate keys and tags are noted in `faults`; the first of two keys counts.

    Raises:
        PlanError: it cannot be read at all: too large, not UTF-8, no YAML, nested or expanded beyond the limits.

    """
    text = _text(data, faults)
    builder = _Builder(faults)
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        _stop(faults, *_explained(error, text))
    except yaml.YAMLError as error:
        _stop(faults, 0, f"not readable as YAML ({error}); meant: a YAML document")
    return builder.root


def _text(data: bytes, faults: Faults) -> str:
    if len(data) > LARGEST:
        _stop(faults, 0, f"{len(data)} bytes; meant: a plan of at most {LARGEST} bytes")
    try:
        text = data.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _stop(
            faults,
            line,
            f"byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8; meant: a file saved as UTF-8",
        )
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        _stop(faults, line, f"control character U+{ord(found[0]):04X}; meant: text without it")
    return text


def _stop(faults: Faults, line: int, message: str) -> NoReturn:
    faults.add(line, message)
    raise PlanError(faults.findings)


def _explained(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line and the sentence for what the parser says."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    from_line = error.context_mark.line + 1 if error.context_mark else line
    said = f"{error.problem or ''} {error.context or ''}"
    sign = shown(text[mark.index : mark.index + 1]) if mark else ""
    if sign == "'\\t'":
        return line, "a tab; meant: spaces, which are what YAML indents with"
    for words, sentence in _HINTS:
        if words in said:
            return line, sentence.format(sign=sign, from_line=from_line)
    return line, f"not readable as YAML: {said.strip()}; meant: a YAML document"


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end has not come yet."""

    line: int
    mapping: bool
    anchor: str | None
    nodes: list[Node] = field(default_factory=list)
    size: int = 1


class _Builder:
    """Takes the events of a parser, one after the other; `root` is the document when they have ended."""

    def __init__(self, faults: Faults) -> None:
        self.root: Node | None = None
        self._faults = faults
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}  # None: its node has not ended yet
        self._documents = 0
        self._takes: dict[str, Callable[..., None]] = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._start,
            "SequenceStartEvent": self._start,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }

    def take(self, event: Event) -> None:
        """Take the next event; those that say nothing about the content are passed over."""
        if handle := self._takes.get(type(event).__name__):
            handle(event, event.start_mark.line + 1 if event.start_mark else 0)

    def _document(self, _: Event, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            _stop(self._faults, line, "a second document starts here ('---'); meant: one plan in a file")

    def _scalar(self, event: ScalarEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if not event.value.isascii() and _SURROGATE.search(event.value):  # from "\\ud800"; libyaml refuses it itself
            self._faults.add(line, "half of a surrogate pair; meant: a character")
        quoted = bool(event.style) or event.tag in ("!", f"{_CORE}str")
        self._place(Scalar(event.value, line, quoted), 1, event.anchor)

    def _start(self, event: CollectionStartEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if len(self._open) >= DEEPEST:
            _stop(self._faults, line, _TOO_DEEP)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(line, type(event).__name__ == "MappingStartEvent", event.anchor))

    def _end(self, _: Event, __: int) -> None:
        done = self._open.pop()
        node = self._mapping(done) if done.mapping else Items(tuple(done.nodes), done.line)
        self._place(node, done.size, done.anchor)

    def _alias(self, event: AliasEvent, line: int) -> None:
        name = event.anchor
        if name not in self._anchors:
            _stop(
                self._faults,
                line,
                f"'*{name}' has no anchor '&{name}' above it; meant: quotes, or that anchor",
            )
        if (target := self._anchors[name]) is None:
            _stop(self._faults, line, f"'*{name}' stands inside what it stands for; meant: a plan that ends")
        else:
            self._place(*target, None)

    def _place(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.nodes.append(node)
        parent.size += size
        if parent.size > MOST_NODES:
            _stop(self._faults, parent.line, f"more than {MOST_NODES} values once aliases are followed; meant: a plan")

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag not in _TAGS:
            self._faults.add(line, f"tag {shown(tag)}; meant: a plain value, a plan has no tags of its own")

    def _mapping(self, done: _Open) -> Entries:
        found: dict[str, tuple[Scalar, Node]] = {}
        merged: list[Node] = []
        for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._faults.add(key.line, f"{key} as a key; meant: a word")
            elif key.text == "<<" and not key.quoted:
                merged += value.items if isinstance(value, Items) else [value]
            elif key.text in found:
                first = found[key.text][0].line
                self._faults.add(
                    key.line, f"{shown(key.text)} is a key already, on line {first}; meant: one of the two"
                )
            else:
                found[key.text] = (key, value)
        for node in merged:
            self._merge(node, found)
        return Entries(tuple(found.values()), done.line)

    def _merge(self, node: Node, into: dict[str, tuple[Scalar, Node]]) -> None:
        """Add what is not there yet (https://yaml.org/type/merge.html)."""
        if not isinstance(node, Entries):
            self._faults.add(node.line, f"'<<' takes in {node}; meant: an alias of a mapping")
            return
        for key, value in node:
            into.setdefault(key.text, (key, value))
