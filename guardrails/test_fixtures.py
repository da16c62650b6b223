"""Fixtures give the same at each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.chance.reach import Reach, Reached
from pytest_coordguard.facts.chance.sources import ENVIRONMENT
from pytest_coordguard.facts.imports.source import parse
from pytest_coordguard.facts.repository import Repository

RULE = "fixtures.deterministic"


@guardrail(
    RULE,
    remedy="Derive the value from a constant seed: random.Random(7), uuid.uuid5, a fixed date; or hand it in.",
)
def test_fixtures_are_deterministic(
    repo: Repository,
    evidence: Evidence,
    files: list[RepoPath],
    functions: list[str] | None = None,
    follow: list[RepoPath] | None = None,
    environment: Literal["ignore", "warn", "fail"] = "warn",
    allow: dict[str, str] | None = None,
) -> None:
    """No token fixture, and no helper that it calls, draws by chance, reads the clock, or leans on the hash seed.

    Helpers are followed into the other files of the repository: through imports, aliases, re-exports and the fixtures
    that pytest hands over. Seeded generators (`random.Random(7)`, `random.seed(7)`, `Faker.seed(7)`) are fine.

    Args:
        files: the files with the fixtures: files, folders or globs.
        functions: only these functions, classes or names at the top of them, with `*`, and what they lead to.
        follow: the files in which helpers are followed; all of the repository when left out.
        environment: what to do about values that can come from environment variables.
        allow: `path:name`, with `*`, as `tests/tokens.py:time.time` -> the reason.

    """
    chosen = [path for path in repo.select(files) if path.endswith(".py") and repo.is_file(path)]
    if not chosen:
        raise Vacuous(f"no Python file matches {', '.join(files) or 'an empty list'}")
    reach = Reach(repo, None if follow is None else [*chosen, *repo.select(follow)])
    units = [unit for path in chosen for unit in reach.units(path, functions)]
    if not units:
        raise Vacuous(f"nothing is defined in {', '.join(chosen[:5])}{' that the plan names' if functions else ''}")
    used: set[str] = set()
    kept = [one for one in reach.reached(chosen, functions) if not _allowed(one, allow or {}, used)]
    judged = [one for one in kept if one.source.why != ENVIRONMENT or environment == "fail"]
    if environment == "warn":
        for one in kept:
            if one.source.why == ENVIRONMENT:
                evidence.remark(f"{one.source.path}:{one.source.line}: {_words(one)}")
    evidence.measured("files examined", len(chosen), at_least=1)
    evidence.measured("definitions examined", len(units), at_least=1)
    findings = [Finding(one.source.path, one.source.line, _words(one), RULE) for one in judged]
    findings += [
        Finding(path, 0, f"not readable as Python: {why}", "fixtures.unreadable")
        for path, why in sorted(reach.troubles.items())
    ]
    require_none([*findings, *_unused(allow or {}, used)])


def _allowed(one: Reached, allow: Mapping[str, str], used: set[str]) -> bool:
    name = f"{one.source.path}:{one.source.what}"
    keys = [key for key in allow if fnmatchcase(name, key)]
    used.update(keys)
    return bool(keys)


def _unused(allow: Mapping[str, str], used: set[str]) -> Iterator[Finding]:
    for key in allow:
        if key not in used:
            yield Finding("", 0, f"allow: {key!r} excuses nothing", f"{RULE}-allow")


def _words(one: Reached) -> str:
    said = f"{one.source.what} {one.source.why}"
    if len(one.way) == 1:
        inside = one.way[0].partition(":")[2]
        return f"{said} (in {inside})" if inside else said
    return f"{said}; reached by {' -> '.join(one.way)}"


# Violations


@violation(test_fixtures_are_deterministic)
def _token_drawn_by_chance(repo: Repository, files: list[str], functions: list[str] | None = None) -> Changes:
    """A token is drawn with `random`."""
    return _planted(repo, files, functions, "from random import choices as coordguard_chance",
                    '"".join(coordguard_chance("abc", k=9))')  # fmt: skip


@violation(test_fixtures_are_deterministic)
def _token_from_uuid4(repo: Repository, files: list[str], functions: list[str] | None = None) -> Changes:
    """A token is a new UUID at each run."""
    return _planted(repo, files, functions, "import uuid as coordguard_uuid", "str(coordguard_uuid.uuid4())")


@violation(test_fixtures_are_deterministic)
def _token_from_the_clock(repo: Repository, files: list[str], functions: list[str] | None = None) -> Changes:
    """A token holds the time."""
    return _planted(repo, files, functions, "import time as coordguard_time", "str(int(coordguard_time.time()))")


@violation(test_fixtures_are_deterministic)
def _through_a_helper(repo: Repository, files: list[str], functions: list[str] | None = None) -> Changes:
    """A fixture calls a helper in a file beside it, which draws by chance."""
    path = _first(repo, files)
    folder = path.rpartition("/")[0]
    package = f"{folder}/__init__.py".lstrip("/") in repo.files
    line = f"from {'.' if package else ''}coordguard_planted_helper import make"
    helper = f"{folder}/coordguard_planted_helper.py".lstrip("/")
    changes = _planted(repo, files, functions, line, "make()")
    return {**changes, helper: b"import secrets\n\n\ndef make():\n    return secrets.token_hex()\n"}


def _planted(repo: Repository, files: Sequence[str], functions: Sequence[str] | None, line: str, value: str) -> Changes:
    path = _first(repo, files)
    name = "coordguard_planted_token"
    if functions is not None:
        named = (one for one in functions if not any(sign in one for sign in "?["))
        name = next(named, "").replace("*", "_planted")
        if not name.isidentifier():
            raise CannotPlant("`functions` names nothing that could be defined")
    planted = f"\n\n{line}\n\n\ndef {name}():\n    return {value}\n"
    return {path: repo.read(path).rstrip() + planted.encode()}


def _first(repo: Repository, files: Sequence[str]) -> str:
    for path in repo.select(files):
        if path.endswith(".py") and not parse(repo.read(path), path).trouble:
            return path
    raise CannotPlant("no file of fixtures that Python can read")
