"""CODEOWNERS does what it seems to do: each critical path has the owner that the plan names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Unmet, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.codeowners import PLACES, TOO_LARGE, CodeOwners, Rule, expression
from pytest_coordguard.facts.repository import Repository

NAMED = 5  # lines or owners that a message names
INVALID, UNMATCHED, OVERSHADOWED = "codeowners.invalid", "codeowners.unmatched", "codeowners.overshadowed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who must own a path: all of `owners`, or one of them."""

    path: str
    owners: tuple[str, ...]
    every: bool


@guardrail(
    "codeowners.effective",
    remedy="Order the lines from the general to the particular: the last line that matches a file decides alone.",
)
def test_code_owners_are_effective(
    repo: Repository,
    evidence: Evidence,
    plan: Plan,
    owners: dict[str, list[str]] | None = None,
    teams: dict[str, list[str]] | None = None,
    only: bool = False,
    unmatched: bool = True,
) -> None:
    """Each critical path is owned, by GitHub's rules, by whom the plan names, and each line of CODEOWNERS works.

    A file below a path of the plan's `critical` must be owned by one of its `reviewers`. A line that GitHub skips,
    that matches no file, or whose files all go to later lines with other owners, is a fault.

    Args:
        owners: path, folder or glob -> the owners that all its files must have.
        teams: `@org/team` -> its members, so that a team stands for them.
        only: nobody but them may own a critical path.
        unmatched: a line that matches no file is a fault.

    """
    wanted = [*_critical(plan), *(Wanted(path, tuple(names), every=True) for path, names in (owners or {}).items())]
    if not wanted:
        raise Vacuous("neither `critical` of the plan nor `owners` names a path and its owners")
    path, code_owners = _read(repo, wanted)
    rules = code_owners.matched(repo.files)
    evidence.measured("rules", len(rules), at_least=1)
    evidence.measured("lines that GitHub skips", len(code_owners.skipped), at_most=0)
    findings = [*_skipped(path, code_owners)]
    findings += _unread(repo, path, evidence)
    if unmatched:
        findings += _unmatched(repo, path, rules)
    findings += _overshadowed(path, rules, evidence)
    known = {_plain(team): frozenset(map(_plain, members)) for team, members in (teams or {}).items()}
    for one in wanted:
        findings += _not_owned(repo, path, code_owners, one, known, only, evidence)
    require_none(findings)


def _critical(plan: Plan) -> list[Wanted]:
    critical = plan.critical
    return [Wanted(path, critical.reviewers, every=False) for path in critical.paths if critical.reviewers]


def _read(repo: Repository, wanted: Sequence[Wanted]) -> tuple[str, CodeOwners]:
    """Return the file that GitHub reads.

    Raises:
        Unmet: there is none, or it is too large to be read.

    """
    path = _place(repo)
    if path is None:
        named = ", ".join(one.path for one in wanted[:NAMED])
        raise Unmet([Finding(PLACES[0], 0, f"no such file, so nobody owns {named}", "codeowners.missing")])
    content = repo.read(path)
    if len(content) >= TOO_LARGE:
        size = f"{len(content) / 1024 / 1024:.1f} MB"
        raise Unmet([Finding(path, 0, f"is {size} large, and GitHub loads none from 3 MB on", "codeowners.large")])
    return path, CodeOwners(content.decode("utf-8-sig", "replace"))


def _place(repo: Repository) -> str | None:
    return next((path for path in PLACES if path in repo.files), None)


def _skipped(path: str, code_owners: CodeOwners) -> Iterator[Finding]:
    """Yield each reason for which GitHub skips lines, at the first of them."""
    by_reason: dict[str, list[int]] = defaultdict(list)
    for one in code_owners.skipped:
        by_reason[one.why].append(one.line)
    for why, (first, *others) in by_reason.items():
        more = f" and {_numbers(others)}" if others else ""
        yield Finding(path, first, f"GitHub skips this line{more}: {why}", INVALID)


def _unread(repo: Repository, path: str, evidence: Evidence) -> Iterator[Finding]:
    for other in PLACES:
        if other == path or other not in repo.files:
            continue
        if repo.read(other) == repo.read(path):
            evidence.remark(f"{other}: GitHub never reads this copy of {path}")
        else:
            yield Finding(other, 0, f"GitHub never reads this file, for there is {path}", "codeowners.unread")


def _unmatched(repo: Repository, path: str, rules: Mapping[Rule, Mapping[Rule, int]]) -> Iterator[Finding]:
    folded = [name.casefold() for name in repo.files]
    for rule, takers in rules.items():
        if takers:
            continue
        matcher = expression(rule.pattern.casefold())
        alike = next((name for name, low in zip(repo.files, folded, strict=True) if matcher.match(low)), None)
        hint = f"; paths are case-sensitive, and there is {alike}" if alike else ""
        yield Finding(path, rule.line, f"{rule.pattern} matches no file{hint}", UNMATCHED)


def _overshadowed(path: str, rules: Mapping[Rule, Mapping[Rule, int]], evidence: Evidence) -> Iterator[Finding]:
    """Yield the lines that take all files from others, and those that lose all files to several others."""
    robbed: dict[Rule, list[Rule]] = defaultdict(list)
    for rule, takers in rules.items():
        if not takers or rule in takers:
            continue
        if all(_same(taker.owners, rule.owners) for taker in takers):
            by = _numbers(taker.line for taker in takers)
            evidence.remark(f"{path}:{rule.line}: {rule.pattern} changes nothing: {by} decides, with the same owners")
        elif len(takers) == 1:
            robbed[next(iter(takers))].append(rule)
        else:
            by = _numbers(taker.line for taker in takers)
            yield Finding(path, rule.line, f"{rule.pattern} never decides: {by} take all its files", OVERSHADOWED)
    for taker, losers in robbed.items():
        lines = _numbers(loser.line for loser in losers)
        message = f"{taker.pattern} takes every file from {lines}, which stand before it and never decide"
        yield Finding(path, taker.line, message, OVERSHADOWED)


def _numbers(lines: Iterable[int]) -> str:
    numbers = sorted(lines)
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"line{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:NAMED]))}{more}"


def _same(one: Iterable[str], other: Iterable[str]) -> bool:
    return set(map(_plain, one)) == set(map(_plain, other))


def _plain(owner: str) -> str:
    """Return an owner as it is compared: GitHub's names know no case, and a plan may leave out the @."""
    return owner.removeprefix("@").casefold()


def _not_owned(
    repo: Repository,
    path: str,
    code_owners: CodeOwners,
    wanted: Wanted,
    teams: Mapping[str, frozenset[str]],
    only: bool,
    evidence: Evidence,
) -> Iterator[Finding]:
    files = repo.select([wanted.path])
    evidence.measured(f"files of {wanted.path}", len(files), at_least=1)
    if not files:
        yield Finding(wanted.path, 0, "no such file, and the plan names its owners", "codeowners.path")
    by_rule: dict[Rule | None, list[str]] = defaultdict(list)
    for file in files:
        by_rule[code_owners.of(file)].append(file)
    for rule, owned in by_rule.items():
        if why := _trouble(wanted, rule.owners if rule else (), teams, only):
            place = f"{len(owned)} of {len(files)} files of {wanted.path}, as {owned[0]},"
            yield Finding(path, rule.line if rule else 0, f"{place} {why}", "codeowners.owner")


def _trouble(wanted: Wanted, owners: tuple[str, ...], teams: Mapping[str, frozenset[str]], only: bool) -> str:
    """Return what is wrong with the owners of a file, "" when nothing is."""
    said = " ".join(owners[:NAMED]) or "nobody"
    known = set(map(_plain, owners))
    standing = known.union(*(teams[team] for team in known & teams.keys()))
    names = [f"@{_plain(name)}" if "@" not in name else name for name in wanted.owners]
    missing = [name for name in names if _plain(name) not in standing]
    if missing and (wanted.every or len(missing) == len(names)):
        return f"belong to {said}, not to {(' and ' if wanted.every else ' or ').join(missing)}"
    allowed = set(map(_plain, names))
    others = [owner for owner in owners if not ({_plain(owner)} | set(teams.get(_plain(owner), ()))) & allowed]
    return f"belong to {' '.join(others)} too" if only and others else ""


# Violations


@violation(test_code_owners_are_effective)
def _last_line_takes_all(repo: Repository) -> Changes:
    """A last line `*` gives every file to someone else."""
    return _appended(repo, "* @coordguard-planted")


@violation(test_code_owners_are_effective)
def _invalid_login(repo: Repository) -> Changes:
    """A line names an owner whose login cannot exist."""
    return _appended(repo, "* @coordguard.planted")


@violation(test_code_owners_are_effective)
def _pattern_of_no_file(repo: Repository, unmatched: bool = True) -> Changes:
    """A line is for a folder that is not there."""
    if not unmatched:
        raise CannotPlant("the plan lets lines match nothing")
    return _appended(repo, "/coordguard-nowhere/ @coordguard-planted")


@violation(test_code_owners_are_effective)
def _owners_taken_away(repo: Repository) -> Changes:
    """A last line without owner leaves every file to nobody."""
    return _appended(repo, "*")


@violation(test_code_owners_are_effective)
def _no_file(repo: Repository) -> Changes:
    """There is no CODEOWNERS any more."""
    return dict.fromkeys((path for path in PLACES if path in repo.files), None)


def _appended(repo: Repository, line: str) -> Changes:
    path = _place(repo)
    if path is None:
        raise CannotPlant("there is no CODEOWNERS to spoil")
    return {path: repo.read(path).rstrip() + f"\n{line}\n".encode()}
