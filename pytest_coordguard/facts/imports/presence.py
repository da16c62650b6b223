"""Whether what a rule forbids exists at all: a folder of that name, or anyone who imports it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.repository import Repository


def has_folder(modules: Modules, entry: str) -> bool:
    """Tell whether an entry of `forbid` is a module or folder of the repository, by path or by dotted name."""
    return modules.is_module(entry) or bool(modules.places(entry))


def importer_of(repo: Repository, modules: Modules, entry: str) -> str | None:
    """Return a Python file that imports the package, None when there is none. The standard library imports itself."""
    name = entry.replace("/", ".")
    if name.partition(".")[0] in sys.stdlib_module_names:
        return "the standard library"
    statement = re.compile(
        rb"^[ \t]*(?:from|import)[ \t]+" + re.escape(name.encode()) + rb"\b(?![ \t]*=)", re.MULTILINE
    )
    return next((path for path in sorted(modules.python) if _holds(repo, path, statement)), None)


def _holds(repo: Repository, path: str, statement: re.Pattern[bytes]) -> bool:
    try:
        return bool(statement.search(repo.read(path)))
    except (FileNotFoundError, CannotJudge):
        return False


def near(entry: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that a person may have meant; another case comes first."""
    names = sorted(set(known))
    same = [name for name in names if name.casefold() == entry.casefold()]
    return list(dict.fromkeys([*same, *difflib.get_close_matches(entry, names, n=3, cutoff=0.6)]))[:3]
