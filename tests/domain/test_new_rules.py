"""What the rules of a head would say: each difference in words, each verdict without running anything."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import pull as pull_request
from pulls import review

from pytest_coordguard.domain.new_rules import NOT_JUDGED, NewRules, new_rules
from pytest_coordguard.domain.plan import Criterion, Critical, Plan, Task, Waiver
from pytest_coordguard.domain.record import CriterionRecord
from pytest_coordguard.domain.verdict import Verdict

TODAY = date(2026, 11, 24)
LINT = Criterion("A/lint", "A", "Clean", 5, check="lint.clean", parameters={"files": ["src"]})
CRITICAL = Criterion("A/critical", "A", "Reviewed", 6, check="review.critical")
OLD = Plan(
    "coordguard.yaml",
    "1",
    critical=Critical(("src/",), ("coordinator",)),
    tasks=(Task("A", "All", 3, files=("src/",), criteria=(LINT, CRITICAL)),),
)
SIGNED = Waiver("A/lint", "later", "ana", date(2026, 12, 31), 9)


def asking(*criteria, **task):
    return replace(OLD, tasks=(replace(OLD.tasks[0], criteria=criteria, **task),))


def by(new, *reviews, lint=Verdict.UNMET, changed=frozenset()):
    known = {"A/lint": CriterionRecord("A/lint", lint), "A/critical": CriterionRecord("A/critical", Verdict.AWAITING)}
    facts = pull_request(*reviews)
    return new_rules(OLD, new, "review_gate", facts, known, today=TODAY, changed_checks=changed)


def test_the_same_rules_say_the_same():
    assert by(OLD) == NewRules((), {"A/lint": "unmet", "A/critical": "awaiting"})


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (asking(CRITICAL), "A/lint would be gone"),
        (asking(replace(LINT, gates=("preaudit",)), CRITICAL), "A/lint would no longer belong to review_gate"),
        (asking(LINT, CRITICAL, replace(LINT, id="A/more")), "A/more would be asked for"),
        (asking(LINT, CRITICAL, files=("docs/",)), "A/lint would no longer apply to this pull request"),
        (asking(replace(LINT, check="files.exist"), CRITICAL), "A/lint would be judged by files.exist, and not by"),
        (asking(replace(LINT, parameters={"files": []}), CRITICAL), "A/lint would have files: [], and not ['src']"),
        (asking(replace(LINT, tests=("t.py",)), CRITICAL), "A/lint would be verified by t.py, and not by nothing"),
        (replace(OLD, waivers=(SIGNED,)), "A/lint would be waived until 2026-12-31, for ana: later"),
        (replace(OLD, critical=Critical((), ("coordinator",))), "critical paths without src/"),
        (replace(OLD, critical=Critical(("src/",), ("ana",))), "reviewers with ana"),
        (replace(OLD, base="evil"), "base would be 'evil', and not ''"),
    ],
)  # fmt: skip
def test_each_difference_is_said(new, said):
    assert [each for each in by(new).says if each.startswith(said)] != []


def test_a_waiver_and_a_path_less_would_open_the_gate():
    found = by(replace(OLD, critical=Critical(("docs/",), ("coordinator",)), waivers=(SIGNED,)))

    assert (found.verdicts, found.opens) == ({"A/lint": "waived", "A/critical": "met"}, True)


def test_what_was_waived_before_is_unmet_without_the_waiver():
    assert by(OLD, lint=Verdict.WAIVED).verdicts["A/lint"] == "unmet"


def test_another_reviewer_would_do():
    new = replace(OLD, critical=Critical(("src/",), ("bo",)))

    assert by(new, review()).verdicts["A/critical"] == "awaiting"
    assert by(OLD, review()).verdicts["A/critical"] == "met"


def test_what_is_new_or_asks_otherwise_is_not_judged():
    other = asking(replace(LINT, parameters={"files": []}), replace(CRITICAL, id="B/x", check="files.exist"))

    assert by(other) == NewRules(by(other).says, {"A/lint": NOT_JUDGED, "B/x": NOT_JUDGED})
    assert by(OLD, lint=Verdict.MET, changed=frozenset({"lint.clean"})).verdicts["A/lint"] == NOT_JUDGED


@pytest.mark.parametrize(
    ("words", "opens"),
    [((), False), (("met",), True), (("met", NOT_JUDGED), None), (("unmet", NOT_JUDGED), False), (("waived",), True)],
)
def test_it_would_be_open_only_where_all_is_known_to_hold(words, opens):
    assert NewRules((), {str(place): word for place, word in enumerate(words)}).opens is opens
