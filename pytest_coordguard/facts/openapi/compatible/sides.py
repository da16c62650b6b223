"""The two descriptions of a comparison: the change's, and the base's at a commit or in a recorded file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.facts import git
from pytest_coordguard.facts.at_commit import AtCommit
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.openapi.description import Description
from pytest_coordguard.facts.openapi.structure import shape_faults
from pytest_coordguard.facts.openapi.validity import located, open_description
from pytest_coordguard.facts.repository import Repository

READABLE = frozenset({"openapi.duplicate-key"})  # readers keep the last one
SHOWN = 3  # faults of a description that cannot be compared


@dataclass(frozen=True, slots=True)
class Base:
    """Where the base's description is, and how messages call it."""

    repo: Repository
    path: str
    name: str

    @property
    def is_recorded(self) -> bool:
        return not isinstance(self.repo, AtCommit)


def base_of(repo: Repository, change: Change, spec: str, base: str | None, against: str | None) -> Base:
    """Return where the description of the base is.

    Raises:
        CannotJudge: both a ref and a file are given, or there is no such commit here.
        Vacuous: there is no such file: the description is new, and nothing can be compared.

    """
    if base and against:
        raise CannotJudge(f"`base: {base}` and `against: {against}` name two things to compare with; give one")
    if against:
        if not repo.is_file(against):
            raise Vacuous(f"there is no {against} to compare {spec} with")
        return Base(repo, against, against)
    commit = git.merge_base(repo.root, base) if base else change.require_base()
    if commit is None:
        raise CannotJudge(f"`base: {base}` shares no commit with HEAD here; fetch it (fetch-depth: 0)")
    files = AtCommit(repo.root, commit)
    path = spec if files.is_file(spec) or base else _path_before(repo, change, spec)
    if not files.is_file(path):
        raise Vacuous(f"{spec} is new: {commit[:9]} has no such file, so there is nothing to compare it with")
    return Base(files, path, f"{path} at {commit[:9]}")


def _path_before(repo: Repository, change: Change, spec: str) -> str:
    return next((each.before for each in change.files(repo) if each.path == spec and each.before), spec)


def description_of(
    repo: Repository, path: str, name: str, tolerated: Collection[str] = (), tell: Callable[[str], None] = print
) -> Description:
    """Return a description that can be compared.

    Faults of the rules in `tolerated` are told, and not held against it: what a base has, no change can mend.

    Raises:
        CannotJudge: it is none, refers to what is not there, or is not shaped as its version asks; with the place.

    """
    opened = open_description(repo, path)
    description = opened.description
    found = list(opened.findings)
    if description is not None:
        found += located([*description.faults, *shape_faults(description)])
    if borne := [each for each in found if each.rule in tolerated]:
        tell(f"{name}: {len(borne)} faults that leave it readable, as {borne[0]}")
        found = [each for each in found if each.rule not in tolerated]
    if description is None or found:
        places = "; ".join(map(str, sorted(set(found))[:SHOWN]))
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise CannotJudge(f"{name} is not valid, so it cannot be compared: {places}{more}")
    return description
