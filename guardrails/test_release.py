"""A release candidate may become a release."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.parameters import RepoFile, Seconds
from pytest_coordguard.domain.record import utc
from pytest_coordguard.domain.release import Candidate, judged_now, missing
from pytest_coordguard.facts.release import candidate
from pytest_coordguard.facts.repository import Repository

CHECK = "rc.promotable"
TWO_DAYS = Seconds(48 * 3600)
CHANGELOG = RepoFile("CHANGELOG.md")
HOUR = 3600
SHOWN = 3  # ids in one sentence


@guardrail(CHECK, remedy="See what is missing: coordguard promote; each line of it names what to do first.")
def test_the_candidate_may_be_released(
    repo: Repository,
    view: Overview,
    evidence: Evidence,
    after: list[str] | None = None,
    soak: Seconds = TWO_DAYS,
    rc: str = "",
    changelog: RepoFile = CHANGELOG,
) -> None:
    """A release candidate lacks nothing: what its commit must meet first is met there, it has soaked, it is written up.

    The gates that it needs must have been judged by runs before this one: of what the same run judges, nobody knows yet
    how it ends. So this criterion belongs into a gate of its own, which is run last.

    Args:
        after: the gates that must be open on that very commit, by runs before this one; without it, preaudit.
        soak: how long ago it must have been tagged.
        rc: its tag; without it, the newest tag as v1.2.0-rc1.
        changelog: the file that must have a section on the release.

    """
    found = _candidate(repo, rc, changelog)
    if not found.tag:
        raise Vacuous(f"there is no tag {rc}" if rc else "there is no tag of a candidate, as v1.2.0-rc1")
    evidence.measured("hours since it was tagged", round((view.at - found.since) / HOUR, 1), at_least=soak / HOUR)
    mine = [each.criterion.id for each in view.found if each.criterion.check == CHECK]
    gates = after or ["preaudit"]
    if unknown := judged_now(view, gates, mine):
        shown = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        here = f"{shown} of {', '.join(gates)}: judged by this very run"
        raise CannotJudge(f"{here}; put {CHECK} into a gate of its own, and run that last")
    lacks = missing(found, view, gates, soak / HOUR, mine)
    require_none(Finding("", 0, f"{found.tag}: {each}", CHECK) for each in lacks)


def _candidate(repo: Repository, rc: str, changelog: str) -> Candidate:
    text = repo.read_text(changelog) if repo.is_file(changelog) else ""
    return candidate(repo.root, rc, text)


@violation(test_the_candidate_may_be_released)
def _uncommitted_changes(view: Overview) -> Overview:
    if view.now.dirty:
        raise CannotPlant("there are uncommitted changes already")
    return replace(view, now=replace(view.now, dirty=True))


@violation(test_the_candidate_may_be_released)
def _another_commit_is_checked_out(view: Overview) -> Overview:
    return replace(view, now=replace(view.now, commit="0" * 40, same=()))


@violation(test_the_candidate_may_be_released)
def _it_was_tagged_just_now(
    repo: Repository, view: Overview, soak: Seconds = TWO_DAYS, rc: str = "", changelog: RepoFile = CHANGELOG
) -> Overview:
    found = _candidate(repo, rc, changelog)
    if soak <= 0 or not found.tag:
        raise CannotPlant("it does not have to soak")
    return replace(view, now=replace(view.now, checked_at=utc(datetime.fromtimestamp(found.since, UTC))))


@violation(test_the_candidate_may_be_released)
def _nothing_written_about_it(repo: Repository, changelog: RepoFile = CHANGELOG) -> Changes:
    if not repo.is_file(changelog):
        raise CannotPlant("the changelog is missing already")
    return {changelog: b"# Changes\n"}


@violation(test_the_candidate_may_be_released)
def _a_closed_gate(view: Overview, after: list[str] | None = None) -> Overview:
    wanted = (after or ["preaudit"])[0]
    if not any(gate.gate == wanted and any(each.opens for each in gate.standings) for gate in view.gates):
        raise CannotPlant(f"gate {wanted} has nothing that is open")
    shut = [
        replace(gate, standings=tuple(replace(each, stale="planted") for each in gate.standings))
        if gate.gate == wanted
        else gate
        for gate in view.gates
    ]
    return replace(view, gates=tuple(shut))
