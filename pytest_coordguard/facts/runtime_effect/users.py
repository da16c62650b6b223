"""Who else uses a name that a module has by import: `from module import os`, `module.os`, `"module.os"`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.imports.source import parse
from pytest_coordguard.facts.repository import Repository


@dataclass(frozen=True, slots=True)
class Use:
    """One place that takes a name from a module."""

    path: str
    line: int
    module: str  # the last part of the module's name
    name: str


def module_of(path: str) -> str:
    """Return the last part of the name by which a file is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]


def uses(repo: Repository, dropped: Mapping[str, frozenset[str]]) -> list[Use]:
    """Return the places that take one of the names from one of the files: path -> names that it no longer has.

    A module is known by the last part of its name alone, so that a place may mean another of that name.
    """
    wanted = {module_of(path): names for path, names in dropped.items() if names}
    if not wanted:
        return []
    words = re.compile("|".join(rf"\b{re.escape(module)}\b" for module in sorted(wanted)).encode())
    found = []
    for path in repo.files:
        data = _python(repo, path)
        if data is not None and words.search(data):
            found += [use for use in _in_file(path, parse(data, path).tree, wanted) if use.module != module_of(path)]
    return sorted(found, key=lambda use: (use.path, use.line, use.name))


def _python(repo: Repository, path: str) -> bytes | None:
    if not path.endswith((".py", ".pyi")):
        return None
    try:
        return repo.read(path)
    except (FileNotFoundError, CannotJudge):  # a link that leads nowhere, or out of the repository
        return None


def _in_file(path: str, tree: ast.Module, wanted: Mapping[str, frozenset[str]]) -> Iterator[Use]:
    known = dict(_aliases(tree, wanted))
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str() as module, names=aliases) if (last := _last(module)) in wanted:
                for alias in aliases:
                    if alias.name in wanted[last]:
                        yield Use(path, node.lineno, last, alias.name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in wanted.get(
                known.get(name, ""), ()
            ):
                yield Use(path, node.lineno, known[name], attribute)
            case ast.Attribute(value=ast.Attribute(attr=last), attr=attribute) if attribute in wanted.get(last, ()):
                yield Use(path, node.lineno, last, attribute)
            case ast.Constant(value=str() as text):
                yield from _in_text(path, node.lineno, text, wanted)
            case _:
                pass


def _in_text(path: str, line: int, text: str, wanted: Mapping[str, frozenset[str]]) -> Iterator[Use]:
    """Yield what a dotted path names, as `mock.patch("package.module.os.getcwd")` does."""
    parts = text.split(".")
    if len(text) > 200 or not all(part.isidentifier() for part in parts):  # noqa: PLR2004  no dotted path
        return
    for module, name in pairwise(parts):
        if name in wanted.get(module, ()):
            yield Use(path, line, module, name)


def _aliases(tree: ast.Module, wanted: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield the names under which a file knows one of the modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if _last(alias.name) in wanted:
                    yield alias.asname or _last(alias.name), _last(alias.name)


def _last(module: str) -> str:
    return module.rpartition(".")[2]
