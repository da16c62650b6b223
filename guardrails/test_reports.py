"""Figures in the reports of other tools: within their bounds, and of this commit."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile, Seconds
from pytest_coordguard.facts import git
from pytest_coordguard.facts.age import written_at
from pytest_coordguard.facts.command import completed, ending, stamps, tail
from pytest_coordguard.facts.figures import COUNT, document, figure, replaced, steps, value
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import folder_of

SHORTEST = 7  # digits of a commit id that tell it from others, as `git log --oneline` shows
TEN_MINUTES = Seconds(600)


@guardrail("report.at_most", remedy="Make the report again on this commit; if the figure stays, mend what it counts.")
def test_figure_is_within_bounds(
    repo: Repository,
    evidence: Evidence,
    report: RepoFile,
    at: str,
    at_most: float | None = None,
    at_least: float | None = None,
    run: str | None = None,
    within: Seconds = TEN_MINUTES,
    max_age: Seconds | None = None,
    commit_at: str | None = None,
) -> None:
    """A number in a JSON, YAML or TOML report is within its bounds, and the report is of this commit.

    Of this commit is a report that `run` has just made, that names HEAD at `commit_at`, that is younger than
    `max_age`, or, with none of the three, that was written after HEAD was committed.

    Args:
        report: the file.
        at: the place of the number: `summary.total`, `/summary/total`, or `count(/hits)` for the length of a list.
        at_most: its upper bound; this or the next is needed.
        at_least: its lower bound.
        run: a command that makes the report first.
        within: time limit of `run`.
        max_age: how old the report may be.
        commit_at: the place at which it names the commit that it was made on.

    """
    if at_most is None and at_least is None:
        raise CannotJudge("at_most, at_least: one of them is needed")
    content = _made(repo, report, run, within) if run else _there(repo, report)
    data = document(report, content)
    number = figure(data, at)
    evidence.measured(at, number, at_most=at_most, at_least=at_least)
    evidence.artefacts[str(report)] = hashlib.sha256(content).hexdigest()
    stale = [*_of_another_commit(repo, report, data, commit_at), *_too_old(repo, report, max_age, evidence)]
    if not (run or commit_at or max_age is not None):
        stale += _before_head(repo, report, evidence)
    require_none([*stale, *_out_of_bounds(report, at, number, at_most, at_least)])


def _there(repo: Repository, report: str) -> bytes:
    try:
        return repo.read(report)
    except FileNotFoundError as error:
        raise Vacuous(f"no report {report}; a report that is not there counts nothing, which is not 0") from error


def _made(repo: Repository, report: str, run: str, within: float) -> bytes:
    with folder_of(repo) as root:
        before = stamps(root, [report])
        outcome = completed(run, cwd=root, seconds=within)
        after = stamps(root, [report])
        if report not in after or before == after:
            how = "did not make it anew" if report in after else "did not make it"
            raise Vacuous(
                f"no new report {report}: `{run}` {ending(outcome)} and {how}\n{tail(outcome.output)}".rstrip()
            )
        return (root / report).read_bytes()


def _out_of_bounds(report: str, at: str, number: float, at_most: float | None, at_least: float | None) -> list[Finding]:
    findings = []
    if at_most is not None and number > at_most:
        findings.append(Finding(str(report), 0, f"{at} is {number:g}, at most {at_most:g} wanted", "report.above"))
    if at_least is not None and number < at_least:
        findings.append(Finding(str(report), 0, f"{at} is {number:g}, at least {at_least:g} wanted", "report.below"))
    return findings


def _of_another_commit(repo: Repository, report: str, data: object, commit_at: str | None) -> list[Finding]:
    if commit_at is None:
        return []
    head, named = git.head(repo.root), value(data, commit_at)
    if head is None:
        raise CannotJudge("commit_at: there is no commit here to compare with")
    if isinstance(named, str) and len(named) >= SHORTEST and head.startswith(named.lower()):
        return []
    return [Finding(str(report), 0, f"made on commit {str(named)[:40]!r}, and HEAD is {head[:12]}", "report.stale")]


def _too_old(repo: Repository, report: str, max_age: float | None, evidence: Evidence) -> list[Finding]:
    if max_age is None:
        return []
    age = max(0.0, time.time() - written_at(repo, report))
    evidence.measured("age of the report", math.ceil(age), at_most=float(max_age), unit="s")
    if age <= max_age:
        return []
    return [Finding(str(report), 0, f"{age:.0f} s old, at most {max_age:g} s wanted", "report.stale")]


def _before_head(repo: Repository, report: str, evidence: Evidence) -> list[Finding]:
    committed = git.committer_time(repo.root)
    if committed is None:
        evidence.remark("no commit here: the report's age is not looked at")
        return []
    written = written_at(repo, report)
    if written >= committed:
        return []
    message = f"from before this commit: written {_clock(written)}, HEAD was committed {_clock(committed)}"
    return [Finding(str(report), 0, f"{message}; make it again, or give run, commit_at or max_age", "report.stale")]


def _clock(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@violation(test_figure_is_within_bounds)
def _figure_beyond_its_bound(
    repo: Repository,
    report: str,
    at: str,
    at_most: float | None = None,
    at_least: float | None = None,
    run: str | None = None,
) -> Changes:
    """The report has one more than it may, or one less than it must."""
    data = _plantable(repo, report, run)
    bound = at_most if at_most is not None else at_least
    if bound is None:
        raise CannotPlant("the plan sets no bound")
    beyond = math.floor(bound) + 1 if at_most is not None else math.ceil(bound) - 1
    counted = COUNT.match(at)
    path = steps(counted[1].strip() if counted else at)
    if counted and beyond < 0:
        raise CannotPlant("no list has fewer than 0 entries")
    new = [f"planted {number}" for number in range(beyond)] if counted else beyond
    return _written(report, replaced(data, path, new))


@violation(test_figure_is_within_bounds)
def _report_of_another_commit(
    repo: Repository, report: str, commit_at: str | None = None, run: str | None = None
) -> Changes:
    """The report names a commit that is not HEAD."""
    if commit_at is None:
        raise CannotPlant("the plan does not say where the report names its commit")
    return _written(report, replaced(_plantable(repo, report, run), steps(commit_at), "0" * 40))


def _plantable(repo: Repository, report: str, run: str | None) -> object:
    if run is not None:
        raise CannotPlant("the report is made by the run itself")
    if not repo.is_file(report):
        raise CannotPlant(f"there is no report {report}")
    if report.endswith(".toml"):
        raise CannotPlant("TOML is read and not written")
    return document(report, repo.read(report))


def _written(report: str, data: object) -> Mapping[str, bytes]:
    """Return the report with other data, as JSON, which every YAML reader reads as well."""
    return {report: json.dumps(data, default=str).encode()}
