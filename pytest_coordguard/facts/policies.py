"""Policy files (YAML, JSON, TOML) as texts at places: the scopes, tenants and keys that they name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.openapi.document import Unreadable, read_document
from pytest_coordguard.facts.openapi.places import Pointer, read_fragment, written
from pytest_coordguard.facts.repository import Repository

SUFFIXES = (".yaml", ".yml", ".json", ".toml")
SCOPES = (
    *("**/*scopes", "**/scopes_any", "**/scopes_all", "**/scope", "**/required_scope", "**/allowed_scope"),
    "**/permissions",
)
PARTED = re.compile(r"^---(?=\s|$).*$", re.MULTILINE)  # YAML 1.2.2, section 9.1.4: a document begins


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A text of a policy: a value, or the key of a mapping that stands for one."""

    text: str
    path: str
    line: int
    pointer: Pointer

    def __str__(self) -> str:
        """Return where it stands, as `file:line`."""
        return f"{self.path}:{self.line}"


class Policy:
    """One policy file. Several YAML documents in it are read one after the other."""

    def __init__(self, repo: Repository, path: str) -> None:
        """Read a file.

        Raises:
            CannotJudge: it is not the format that its name promises, or cannot be read at all.

        """
        self.path = path
        self.text = repo.read_text(path)
        self._parts = [*self._read(path)]

    def _read(self, path: str) -> Iterator[tuple[str, Any]]:
        if path.lower().endswith(".toml"):
            try:
                yield self.text, tomllib.loads(self.text)
            except tomllib.TOMLDecodeError as error:
                raise CannotJudge(f"{path}: not TOML: {error}") from error
            return
        for part in _documents(self.text) if not path.lower().endswith(".json") else [self.text]:
            try:
                yield part, read_document(path, part.encode())[0].data
            except Unreadable as error:
                raise CannotJudge(str(error)) from error

    def __repr__(self) -> str:
        """Return which file it is; its content may hold keys."""
        return f"Policy({self.path!r})"

    def entries(self, patterns: Iterable[str]) -> list[Entry]:
        """Return the texts at the places that the patterns name: pointers with `*` for one step and `**` for any.

        A list there stands for its items, a mapping for its keys, and a text with blanks for its words, as the
        `scope` of OAuth 2.0 (RFC 6749, section 3.3).
        """
        matchers = [_matcher(pattern) for pattern in patterns]
        entries: list[Entry] = []
        for text, data in self._parts:
            found = {
                at: words
                for pointer, value in _places(data, ())
                if any(matcher.fullmatch(_joined(pointer)) for matcher in matchers)
                for at, words in _texts(pointer, value)
            }
            lines = self._lines(text, found)
            entries += [Entry(word, self.path, lines[at], at) for at, words in found.items() for word in words]
        return sorted(set(entries), key=lambda entry: (entry.line, entry))

    def _lines(self, text: str, found: dict[Pointer, list[str]]) -> dict[Pointer, int]:
        if not self.path.lower().endswith(".toml"):
            return read_document(self.path, text.encode())[0].lines(found) if found else {}
        return {at: _toml_line(text, at, words) for at, words in found.items()}


def _documents(text: str) -> list[str]:
    """Return the documents of a YAML text, each after so many empty lines that its own lines keep their numbers."""
    starts = [0, *(mark.start() for mark in PARTED.finditer(text)), len(text)]
    parts = ["\n" * text.count("\n", 0, start) + text[start:end] for start, end in pairwise(starts)]
    return [part for part in parts if _says_something(part)]


def _says_something(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith(("#", "---", "%")) for line in part.splitlines())


def _toml_line(text: str, at: Pointer, words: list[str]) -> int:
    """Return the line on which a value stands, after the key that leads to it; TOML's reader tells none."""
    keys = [step for step in at if not step.isdigit()]
    start = 0
    for key in keys:
        met = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])").search(text, start)
        start = met.start() if met else start
    here = text.find(words[0], start) if words else start
    return text.count("\n", 0, max(here, start)) + 1


def _places(value: object, pointer: Pointer) -> Iterator[tuple[Pointer, object]]:
    yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _places(child, (*pointer, str(step)))


def _texts(pointer: Pointer, value: object) -> Iterator[tuple[Pointer, list[str]]]:
    if isinstance(value, str):
        yield pointer, value.split()
    elif isinstance(value, dict):
        yield from (((*pointer, key), [key]) for key in value)
    elif isinstance(value, list):
        yield from (((*pointer, str(at)), item.split()) for at, item in enumerate(value) if isinstance(item, str))


def _joined(pointer: Pointer) -> str:
    return written(pointer).removeprefix("#")


def _matcher(pattern: str) -> re.Pattern[str]:
    steps = read_fragment("/" + pattern.removeprefix("#").removeprefix("/"))
    out = [r"(?:/[^/]+)*" if step == "**" else "/" + _step(step) for step in steps]
    return re.compile("".join(out), re.IGNORECASE)


def _step(step: str) -> str:
    known = step.replace("~", "~0").replace("/", "~1")
    return "[^/]*".join(map(re.escape, known.split("*")))


def policies(repo: Repository, patterns: Iterable[str]) -> list[Policy]:
    """Return the policies among the files that the patterns name: those whose format is known, or that are named."""
    named = set(patterns)
    paths = [path for path in repo.select(named) if repo.is_file(path)]
    return [Policy(repo, path) for path in paths if path in named or path.lower().endswith(SUFFIXES)]
