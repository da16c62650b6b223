"""Bytes in, candidates out: kingfisher's catalogue and our own rules, in process, without a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_coordguard.domain.finding import CannotJudge

if TYPE_CHECKING:
    from kingfisher_sdk import Finding, Scanner

TOOL = "kingfisher-secret-scanner"
CONTEXT = 240  # bytes before a value: enough for its name, on the line above too
OURS = "custom."
# The catalogue skips lock files and folders of dependencies without a word. What git tracks is looked at.
_SKIPPED_NAMES = re.compile(r"(?i)(?:lock|sum|shrinkwrap|verification-metadata|\.min\.)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value at a place where a credential may stand."""

    rule: str  # without the catalogue's name
    ours: bool
    value: str = field(repr=False)
    start: int  # byte offset in the content
    end: int
    line: int  # 1-based
    before: str = field(repr=False)  # the text in front of the value, up to CONTEXT bytes
    after: str = field(repr=False)
    path: str


def tool_version() -> str:
    """Return the version of the engine.

    Raises:
        CannotJudge: it is not installed.

    """
    try:
        return version(TOOL)
    except ImportError as error:
        raise CannotJudge(f"{TOOL} is not installed: no secret can be looked for") from error


@cache
def _scanner() -> Scanner:
    try:
        from kingfisher_sdk import DetectionPolicy, Rules, Scanner
    except ImportError as error:
        raise CannotJudge(f"{TOOL} cannot be imported ({error}): no secret can be looked for") from error
    with resources.as_file(resources.files(__package__) / "rules.toml") as rules:
        folder = cache_folder()
        catalogue = Rules([rules], confidence="low", cache=folder is not None, cache_dir=folder)
    # Its inline ignores silence neighbours too: one comment hid nine values in a row.
    return Scanner(catalogue, policy=DetectionPolicy(inline_ignores=False, markup_context=False))


def cache_folder() -> Path | None:
    """Return the folder of the compiled rules, made when it is not there; None when there is no place for it.

    The engine writes an entry under another name and renames it, and checks what it reads by its digest, so two
    processes may share the folder. https://specifications.freedesktop.org/basedir-spec/latest/
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
        folder = base / "pytest-coordguard" / f"secrets-{version(TOOL)}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder


def candidates(path: str, data: bytes) -> list[Candidate]:
    """Return the candidates in a file's bytes, in order.

    Raises:
        CannotJudge: the engine is missing or fails on this file.

    """
    return list(_candidates(path, data))


def _candidates(path: str, data: bytes) -> Iterator[Candidate]:
    from kingfisher_sdk import ScanInput

    try:
        found = _scanner().scan_input(ScanInput(path=_shown(path), data=data))
    except (RuntimeError, ValueError, OSError) as error:
        raise CannotJudge(f"{path}: {TOOL} cannot scan it ({error})") from error
    for one in sorted(found, key=lambda f: f.location["start_offset"]):
        if one.visible:
            yield _candidate(path, data, one)


def _candidate(path: str, data: bytes, found: Finding) -> Candidate:
    start, end = found.location["start_offset"], found.location["end_offset"]
    return Candidate(
        rule=found.rule_id.split(".", 1)[-1],
        ours=found.rule_id.startswith(OURS),
        value=found.secret,
        start=start,
        end=end,
        line=found.location["line"],
        before=data[max(0, start - CONTEXT) : start].decode("utf-8", "replace"),
        after=data[end : end + CONTEXT].decode("utf-8", "replace"),
        path=path,
    )


def _shown(path: str) -> str:
    """Return the path that the engine gets to see: one whose folder or name it does not skip, with the same ending."""
    name = PurePosixPath(path).name
    return f"content{PurePosixPath(path).suffix}" if _SKIPPED_NAMES.search(name) else name
