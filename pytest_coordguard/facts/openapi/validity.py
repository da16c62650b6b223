"""A description's faults, each with its file and line, and a count of what was looked at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.openapi.description import Description, Fault, short
from pytest_coordguard.facts.openapi.document import Document, Unreadable
from pytest_coordguard.facts.openapi.places import Pointer, pointer_of, written
from pytest_coordguard.facts.openapi.references import Library
from pytest_coordguard.facts.openapi.schemas import schema_faults
from pytest_coordguard.facts.openapi.semantics import semantic_faults
from pytest_coordguard.facts.openapi.structure import shape_faults
from pytest_coordguard.facts.repository import Repository

VERSION = re.compile(r"(2\.0|3\.[012])(?:\.\d+(?:-.+)?)?")
KNOWN = "2.0, 3.0, 3.1 and 3.2"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in one description, and how much was looked at."""

    path: str
    description: Description | None  # None when the file is no OpenAPI document of a known version
    findings: tuple[Finding, ...]
    is_description: bool = True  # False: it has neither `openapi` nor `swagger`, as a file that others refer to

    def count(self, kind: str) -> int:
        """Return how many objects of a kind were looked at."""
        return len(self.description.sites[kind]) if self.description else 0


def open_description(repo: Repository, path: str) -> Examined:
    """Read a description and look up its references, without judging more than that.

    Raises:
        FileNotFoundError, CannotJudge: as `Repository.read`.

    """
    library = Library(repo)
    try:
        root = library.open(path)
    except Unreadable as error:
        return Examined(path, None, (error.finding,))
    version, found = _version(root.root)
    if found:
        line = root.document.lines([found[0]])[found[0]]
        finding = Finding(path, line, found[1], "openapi.version")
        return Examined(path, None, (*library.findings, finding), is_description=_names_version(root.root))
    description = Description(library, root, version)
    return Examined(path, description, tuple(library.findings))


def examine(repo: Repository, path: str) -> Examined:
    """Return all faults of a description: reading, references, shape, and what a schema cannot see.

    Raises:
        FileNotFoundError, CannotJudge: as `Repository.read`; also when no schema of its version is installed.

    """
    opened = open_description(repo, path)
    description = opened.description
    if description is None:
        return opened
    faults = [*shape_faults(description), *_unshaken(description)]
    findings = [*description.library.findings, *located([*description.faults, *faults])]
    return Examined(path, description, tuple(sorted(set(findings))))


def _unshaken(description: Description) -> list[Fault]:
    return [*semantic_faults(description), *schema_faults(description)]


def located(faults: Iterable[Fault]) -> list[Finding]:
    """Return faults as findings: with the line of each, looked up in one pass over each file."""
    by_document: dict[Document, list[tuple[Pointer, Fault]]] = defaultdict(list)
    for fault in faults:
        by_document[fault.site.resource.document].append((pointer_of(fault.site.place), fault))
    findings = []
    for document, places in by_document.items():
        lines = document.lines({pointer for pointer, _ in places})
        for pointer, fault in places:
            findings.append(Finding(document.path, lines[pointer], f"{written(pointer)}: {fault.message}", fault.rule))
    return findings


def _names_version(data: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(data, dict) and ("openapi" in data or "swagger" in data)


def _version(data: object) -> tuple[str, tuple[Pointer, str] | None]:
    """Return the version, or the place and the text of what is wrong with it."""
    if not _names_version(data):
        return "", ((), "has neither `openapi` nor `swagger` at its top: no OpenAPI description")
    field = "openapi" if "openapi" in data else "swagger"
    value = data[field]
    if not isinstance(value, str):
        return "", ((field,), f'{field}: {short(value)} is no text; quote it, as "3.1.0"')
    match = VERSION.fullmatch(value)
    if match is None or (match[1] == "2.0") != (field == "swagger") or (field == "openapi" and value == match[1]):
        return "", ((field,), f"{field}: {short(value)} is none of the versions known: {KNOWN}{_hint(value)}")
    return match[1], None


def _hint(value: str) -> str:
    return f' (as "{value}.0")' if re.fullmatch(r"3\.[012]", value) else ""
