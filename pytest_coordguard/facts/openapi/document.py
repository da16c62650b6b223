"""One file, read strictly: JSON as JSON, YAML as YAML 1.2, with the line of any pointer on demand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.openapi import json_text, yaml_text
from pytest_coordguard.facts.openapi.places import Pointer, written


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A file's data. Mappings have text keys only."""

    path: str
    text: str
    data: Any
    is_json: bool

    def lines(self, pointers: Collection[Pointer]) -> dict[Pointer, int]:
        """Return the 1-based line of each pointer, or of its nearest parent that is there. Reads the text again."""
        read = json_text.lines_of if self.is_json else yaml_text.lines_of
        return read(self.text, pointers)


class Unreadable(Exception):
    """A file is neither JSON nor YAML; the finding says where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def read_document(path: str, content: bytes) -> tuple[Document, list[Finding]]:
    """Return a file's data, and what a plain reader would let pass: repeated keys.

    A file named `.json` is read as JSON alone. Any other is YAML, and JSON when it begins as JSON does: a YAML
    reader refuses JSON that holds U+0080 or an escaped surrogate pair.

    Raises:
        Unreadable: it is not the format that its name promises, or holds text that no encoding can write.

    """
    text = _decoded(path, content)
    named_json = path.lower().endswith(".json")
    if named_json or text.lstrip()[:1] in ("{", "["):
        try:
            return _as_json(path, text)
        except Unreadable:
            if named_json:
                raise
    return _as_yaml(path, text)


def _decoded(path: str, content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} is not {encoding.removesuffix('-sig').upper()}"
        raise Unreadable(Finding(path, line, found, "openapi.readable")) from error


def _as_json(path: str, text: str) -> tuple[Document, list[Finding]]:
    repeats = json_text.Repeats()
    try:
        data = repeats.decoder.decode(text)
    except json.JSONDecodeError as error:
        found = f"not JSON: {error.msg} (column {error.colno})"
        raise Unreadable(Finding(path, error.lineno, found, "openapi.readable")) from error
    except (ValueError, RecursionError) as error:
        found = "nested too deep to be read" if isinstance(error, RecursionError) else f"not JSON: {error}"
        raise Unreadable(Finding(path, 0, found, "openapi.readable")) from error
    findings = [_repeated(path, *key) for key in json_text.repeated_keys(text)] if repeats.any else []
    if json_text.HALF_PAIR.search(text):
        _refuse_half_pairs(path, text, data)
    return Document(path, text, data, is_json=True), findings


def _as_yaml(path: str, text: str) -> tuple[Document, list[Finding]]:
    try:
        read = yaml_text.read_yaml(text)
    except yaml_text.NotYaml as error:
        raise Unreadable(Finding(path, error.line, f"not YAML: {error}", "openapi.readable")) from error
    return Document(path, text, read.data, is_json=False), [_repeated(path, *key) for key in read.repeated]


def _repeated(path: str, pointer: Pointer, line: int) -> Finding:
    found = f"{written(pointer)}: the key {pointer[-1]!r} is here a second time; readers keep one of the two"
    return Finding(path, line, found, "openapi.duplicate-key")


def _refuse_half_pairs(path: str, text: str, data: object) -> None:
    for at, value in _texts(data, ()):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            where = written(at).encode("ascii", "replace").decode()
            found = f"{where}: half of a surrogate pair stands alone (RFC 8259, section 8.2)"
            raise Unreadable(Finding(path, json_text.lines_of(text, [at])[at], found, "openapi.readable"))


def _texts(value: object, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        here = (*pointer, str(step))
        if isinstance(step, str):
            yield here, step
        yield from _texts(child, here)
