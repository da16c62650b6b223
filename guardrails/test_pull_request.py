"""A pull request can be merged: it does not conflict, its checks are green, and it says what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from pytest_coordguard.domain.checks import OURS, not_green
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.pull_request import Check, Fact, Mergeable, PullFacts
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.markdown import Item, Section, sections
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.runtime_effect.files import RUN, judged
from pytest_coordguard.facts.runtime_effect.levels import Level

MERGEABLE = "pr.mergeable"
CHECKS = "pr.checks_green"
DESCRIBED = "pr.described"
CLAIM = re.compile(
    r"\b(?:no|without(?: any)?|zero)\s+(?:runtime|functional|behaviou?r(?:al)?|semantic|logic)\s+"
    r"(?:changes?|effects?|impact)\b",
    re.IGNORECASE,
)
LISTED = 20  # files or boxes of one kind


@guardrail(MERGEABLE, remedy="Merge the base into the branch, or rebase it, and resolve what conflicts.")
def test_it_can_be_merged(evidence: Evidence, pull: PullFacts) -> None:
    """The head merges with the base as it is now, without a conflict; and it is no draft."""
    found = pull.mergeable.value
    if found is None:
        raise CannotJudge(f"whether it can be merged is not known: {pull.mergeable.why}")
    evidence.measured("conflicts", len(found.conflicts), at_most=0)
    evidence.remark(f"{pull.mergeable.source} says so, of head {pull.head_sha[:9]}")
    findings = [Finding(path, 0, "conflicts with the base", f"{MERGEABLE}.conflict") for path in found.conflicts]
    if not found.clean and not findings:
        findings.append(Finding("", 0, "it conflicts with the base", f"{MERGEABLE}.conflict"))
    if pull.draft.value:
        findings.append(Finding("", 0, "it is a draft", f"{MERGEABLE}.draft"))
    require_none(findings)


@guardrail(
    CHECKS, remedy="Look at the check that is named, and run it again; a required one that is missing never ran."
)
def test_checks_are_green(
    evidence: Evidence,
    pull: PullFacts,
    required: list[str] | None = None,
    ours: list[str] | None = None,
    by: str = "",
    neutral: bool = False,
) -> None:
    """Each check of the head has ended well, and each that is required was reported.

    Of several reports of one app and name the newest counts. This gate's own report is left out.

    Args:
        required: names that must be there, beside those that the base branch asks for.
        ours: names of this gate's own reports, beside `coordguard`.
        by: the app whose report of a required check counts, as `github-actions`; without it, any.
        neutral: `neutral` and `skipped` are green too.

    """
    if pull.checks.value is None:
        raise CannotJudge(f"the checks of its head are not known: {pull.checks.why}")
    wanted = [*(required or ()), *(pull.required_checks.value or ())]
    wanted += [check.name for check in pull.checks.value if check.required]
    if not required and not pull.required_checks.known:
        evidence.remark(f"which checks the base asks for is not known: {pull.required_checks.why}")
    left_out = {OURS, *(name.casefold() for name in ours or ())}
    looked = [check for check in pull.checks.value if check.name.casefold() not in left_out]
    if not looked and not wanted:
        raise Vacuous("no check was reported for its head, and none is required")
    evidence.measured("reports", len(looked))
    evidence.measured("required checks", len(set(wanted)))
    found = not_green(pull.checks.value, wanted, ours=ours or (), by=by, neutral=neutral)
    require_none(
        Finding("", 0, f"{one.name}: {one.why}", f"{CHECKS}.{'pending' if one.pending else 'red'}") for one in found
    )


@guardrail(DESCRIBED, remedy="Say what it does and why; tick or take out each box; claim no more than holds.")
def test_it_is_described(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    pull: PullFacts,
    at_least: int = 1,
    sections_wanted: list[str] | None = None,
    boxes: bool = True,
    claims: Literal["fail", "remark", "ignore"] = "fail",
) -> None:
    """A pull request has a description, no box of it is open, and what it claims of itself holds.

    The claim that nothing behaves otherwise ("no functional change") is held against the syntax trees of its Python
    files, as `change.no_runtime_effect` does.

    Args:
        at_least: how many words the description has.
        sections_wanted: headings that must be in it, with something below them.
        boxes: an open box is a fault.
        claims: what a claim that does not hold is: a fault, a remark, or nothing.

    """
    if pull.title.value is None or pull.body.value is None:
        name, fact = ("title", pull.title) if pull.title.value is None else ("description", pull.body)
        raise CannotJudge(f"its {name} is not known: {fact.why}")
    document = sections(re.sub(r"<!--.*?(?:-->|\Z)", "", pull.body.value, flags=re.DOTALL))
    words = len(re.findall(r"\w+", pull.body.value))
    evidence.measured("words of the description", words, at_least=at_least)
    findings = []
    if words < at_least:
        findings.append(Finding("", 0, f"its description has {words} words, {at_least} wanted", f"{DESCRIBED}.short"))
    findings += _missing(document, sections_wanted or [])
    findings += _open_boxes(document) if boxes else []
    told = CLAIM.search(f"{pull.title.value}\n{pull.body.value}") if claims != "ignore" else None
    if told is not None:
        refuted = list(_refuted(change, repo, " ".join(told[0].split())))
        evidence.measured("Python files that refute its claim", len(refuted), at_most=0 if claims == "fail" else None)
        findings += refuted if claims == "fail" else []
        for one in refuted if claims == "remark" else ():
            evidence.remark(str(one))
    require_none(findings)


def _missing(document: Section, wanted: list[str]) -> Iterator[Finding]:
    there = {part.heading.text.strip().casefold(): part for part in _parts(document)}
    for heading in wanted:
        part = there.get(heading.strip().casefold())
        if part is None or not (part.blocks or part.parts):
            state = "has no section" if part is None else "has nothing in its section"
            yield Finding("", 0, f"its description {state} {heading!r}", f"{DESCRIBED}.section")


def _parts(section: Section) -> Iterator[Section]:
    for part in section.parts:
        yield part
        yield from _parts(part)


def _open_boxes(document: Section) -> Iterator[Finding]:
    blocks = [block for part in (document, *_parts(document)) for block in part.blocks]
    for item in [block for block in blocks if isinstance(block, Item) and block.ticked is False][:LISTED]:
        yield Finding("", 0, f"a box of its description is open: {item.words.text}", f"{DESCRIBED}.box")


def _refuted(change: Change, repo: Repository, claim: str) -> Iterator[Finding]:
    files = [file for file in change.files(repo) if file.path.endswith(RUN)]
    for each in judged(change, repo, files):
        if each.comparison is None:
            yield Finding(each.file.path, 0, f"{each.why}, and it says {claim!r}", f"{DESCRIBED}.claim")
        elif each.comparison.level > Level.IMPORT_ORDER:
            word = each.comparison.level.word
            yield Finding(each.file.path, 0, f"differs by {word}, and it says {claim!r}", f"{DESCRIBED}.claim")


# Violations: each is another pull request


@violation(test_it_can_be_merged)
def _a_conflict(pull: PullFacts) -> PullFacts:
    return replace(pull, mergeable=Fact(Mergeable(clean=False, conflicts=("planted.txt",)), "planted", why=""))


@violation(test_it_can_be_merged)
def _a_draft(pull: PullFacts) -> PullFacts:
    return replace(pull, draft=Fact(value=True, source="planted", why=""))


def _with_check(pull: PullFacts, *checks: Check) -> PullFacts:
    return replace(pull, checks=Fact((*(pull.checks.value or ()), *checks), "planted", why=""))


@violation(test_checks_are_green)
def _a_red_check(pull: PullFacts) -> PullFacts:
    return _with_check(pull, Check("planted", "planted", "failure", "9999-12-31T00:00:00Z"))


@violation(test_checks_are_green)
def _a_check_that_runs(pull: PullFacts) -> PullFacts:
    return _with_check(pull, Check("planted", "planted", "", "9999-12-31T00:00:00Z"))


@violation(test_checks_are_green)
def _a_skipped_check(pull: PullFacts, neutral: bool = False) -> PullFacts:
    if neutral:
        raise CannotPlant("the plan calls skipped checks green")
    return _with_check(pull, Check("planted", "planted", "skipped", "9999-12-31T00:00:00Z"))


@violation(test_checks_are_green)
def _a_required_check_that_never_ran(pull: PullFacts) -> PullFacts:
    return replace(pull, required_checks=Fact((*(pull.required_checks.value or ()), "planted"), "planted", why=""))


@violation(test_it_is_described)
def _an_open_box(pull: PullFacts, boxes: bool = True) -> PullFacts:
    if not boxes:
        raise CannotPlant("the plan lets boxes be open")
    return replace(pull, body=replace(pull.body, value=f"{pull.body.value or ''}\n\n- [ ] planted\n"))


@violation(test_it_is_described)
def _no_description(pull: PullFacts, at_least: int = 1) -> PullFacts:
    if at_least < 1:
        raise CannotPlant("the plan asks for no word")
    return replace(pull, body=replace(pull.body, value=""))
