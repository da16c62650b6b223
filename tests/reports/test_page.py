"""The page: all facts are on it, whatever they hold gets no power over it, and the same facts give the same bytes."""

import base64
import hashlib
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.overview import overview
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record, RunRecord
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.task_status import STATUSES
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import OPEN, Change, PullState, Work
from pytest_coordguard.reports.merge import pending
from pytest_coordguard.reports.page import page
from pytest_coordguard.reports.page.areas import areas
from pytest_coordguard.reports.page.facts import SIGNS, VERDICTS
from pytest_coordguard.reports.page.layers import ACROSS, layers
from pytest_coordguard.reports.page.strips import strips
from tests.reports.report_samples import COMMIT, NOW, PLAN, RECORD, RUN, situations

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus '",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "</title></style><svg onload=alert(1)>",
    "<!--",
    "]]>",
)
VOID = {"meta", "link", "input", "path", "rect"}


class Reader(HTMLParser):
    """Notes each element with its attributes, and the text of the page without its own script and style."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts, self.own = [], [], [], {}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside in ("script", "style"):
            self.own[inside] = self.own.get(inside, "") + data
        else:
            self.texts.append(data)

    @property
    def tags(self):
        return Counter(tag for tag, _ in self.elements)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def seen(plan=PLAN, record=RECORD, runs=(), **work):
    return overview(plan, record, NOW, Work(**work), runs)


def a_run(day, number=0, **verdicts):
    words = {name.replace("__", "/").replace("_", "-"): word for name, word in verdicts.items()}
    tasks = {"1": "completed" if words.get("1/report") == "met" else "not_started"}
    return Run(f"r{day}-{number}", "preaudit", f"{day}T09:0{number}:00Z", COMMIT, verdicts=words, tasks=tasks)


def test_each_task_and_criterion_is_there_with_finding_evidence_and_remedy():
    text = " ".join(" ".join(read(page(seen())).texts).split())

    for task in PLAN.tasks:
        assert task.id in text
        assert task.title in text
    for criterion in PLAN.criteria:
        assert criterion.id in text
        assert criterion.text in text
    for told in (
        "docs/openapi/lukhas-openai.json:12",
        'operationId "list_models" is already on line 7',
        "Run the generator again, then fix the first error it names.",
        "differences: 0 (at most 0)",
        "2 operations have no example",
        "legacy lanes are being removed (codex, until 2026-12-31)",
        "found each planted fault",
        "coordguard check CC-5/spec-validates",
    ):
        assert told in text


def test_the_same_facts_give_the_same_bytes():
    runs = (a_run("2026-11-23", **{"1__report": "unmet"}), a_run("2026-11-24", **{"1__report": "met"}))

    assert page(seen(runs=runs)) == page(seen(runs=runs))


def test_the_policy_lets_nothing_run_but_the_page_s_own_script_and_style():
    found = read(page(seen()))
    (policy,) = [each["content"] for tag, each in found.elements if each.get("http-equiv")]

    def digest(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {digest(found.own['style'])}; script-src {digest(found.own['script'])}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    (live,) = [each["content"] for _, each in read(page(seen(), live="r1")).elements if each.get("http-equiv")]
    assert live == f"{policy}; connect-src 'self'"


def harmless(found):
    """Assert that nothing of a page asks for an address or runs: no handler, no link but to a part of it."""
    anchors = {each["id"] for _, each in found.elements if "id" in each}
    for tag, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")]
        if "href" in attributes:
            assert tag == "link" or attributes["href"].removeprefix("#") in anchors
    assert found.tags["script"] == found.tags["style"] == 1


def filled_with(text, word):
    """Return an overview whose texts are all one, and a record of runs with a verdict of its own."""
    tasks = tuple(
        replace(each, title=text, owner=text, reviewer=text, priority=text, branch=text) for each in PLAN.tasks
    )
    criteria = tuple(
        replace(
            each,
            message=text,
            remedy=text,
            waiver=text,
            tests=(text,),
            findings=tuple(replace(finding, message=text, path=text, rule=text) for finding in each.findings),
        )
        for each in RECORD.criteria
    )
    plan = replace(PLAN, tasks=tasks, project=text, groups=dict.fromkeys(PLAN.groups, text))
    runs = (a_run("2026-11-24", **{"1__report": word}),)
    return seen(plan, replace(RECORD, criteria=criteria), runs=runs, branch=text, notes=(text,), **a_pull_request(text))


def a_pull_request(text):
    """Return work of which a pull request of one task is open, with a text for all that its author chose."""
    pull = PullState(
        7, text, text, open=True, draft=False, labels=(text, "blocked"), failed_checks=(text,), author=text
    )
    link = TaskLink("CC-5", By.TRAILER, Confidence.CERTAIN, text)
    given = {"title": text, "branch": text, "authors": (text,), "paths": (text,), "conflicts": (text,)}
    at = 1_795_000_000
    change = Change(text, OPEN, text, COMMIT, **given, pull=pull, first=at, last=at, links=(link,))
    review = replace(
        change, pull=PullState(8, text, open=True, draft=False), conflicts=(), links=(replace(link, task="1"),)
    )
    return {"known": True, "main": text, "now": at, "changes": (change, review), "pulls_known": True}


def test_a_pull_request_that_waits_is_told_with_its_title_and_age():
    text = " ".join(" ".join(read(page(seen(**a_pull_request("Shadow")))).texts).split())

    assert "Ready for review" in text
    assert "1 Shadow-Diff Harness Shadow Shadow nobody" in text
    assert "Shadow conflicts with Shadow in Shadow" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_an_element(text):
    """A title, an owner, a message and a verdict of the record say what they say, and do nothing."""
    found = read(page(filled_with(text, text)))

    assert found.tags == read(page(filled_with("x", "no word of ours"))).tags
    assert text in " ".join(found.texts)
    harmless(found)


@settings(max_examples=25, deadline=None)
@given(situations())
@example((Plan("coordguard.yaml", "0" * 64), Record(RunRecord("", "", "incomplete", "")), Provenance()))
def test_any_plan_and_record_give_a_page_that_is_whole_and_harmless(situation):
    harmless(read(page(overview(*situation, Work()))))


def test_no_secret_reaches_the_page():
    secret = "ghp_" + hashlib.sha256(b"page").hexdigest()[:36]
    record = replace(RECORD, criteria=tuple(replace(each, message=f"token {secret}") for each in RECORD.criteria))

    assert secret not in page(seen(record=record))


def test_a_run_that_goes_on_is_told_with_how_far_it_is():
    run = replace(RUN, id="r2", state="running")
    ahead = pending(run, [each.id for each in PLAN.criteria])
    judged = replace(ahead[0], message="")

    assert "2 of 6" not in page(seen())
    text = page(seen(record=Record(run, (judged, *ahead[1:]))))
    assert "A run of preaudit, started 2026-11-24 09:15 UTC, goes on: 1 of 6 criteria are judged." in text


def test_of_very_many_findings_and_tests_the_first_are_shown_and_the_rest_counted():
    many = replace(
        RECORD.criteria[1],
        tests=tuple(f"tests/test_{number}.py" for number in range(500)),
        findings=tuple(Finding(f"a{number}.py", 1, "wrong") for number in range(1000)),
        evidence=Evidence(remarks=[f"remark {number}" for number in range(21)]),
    )
    text = " ".join(read(page(seen(record=replace(RECORD, criteria=(many,))))).texts)

    assert [text.count(each) for each in ("wrong", "tests/test_", "remark ")] == [20, 20, 20]
    for told in ("and 980 more", "and 480 more", "and 1 more"):
        assert told in text


def test_a_task_id_that_the_plan_does_not_know_is_no_link():
    tasks = (replace(PLAN.tasks[1], depends_on=("gone",)),)

    assert ">gone<" not in page(seen(replace(PLAN, tasks=tasks)))


def test_each_verdict_and_status_has_a_sign_and_a_colour():
    style = read(page(seen())).own["style"]

    assert set(SIGNS) == set(VERDICTS) == {*(verdict.word for verdict in Verdict), "stale"}
    for name in [*(f"v-{word}" for word in VERDICTS), *(f"s-{status}" for status in STATUSES)]:
        assert f".{name} {{ --c: var(--" in style


# -- pictures ------------------------------------------------------------------------------------------------


def test_a_strip_has_one_square_a_run_and_says_the_newest_first():
    runs = [a_run(f"2026-11-{day}", A__x=word) for day, word in ((20, "met"), (21, "unmet"), (22, "unmet"))]
    runs.insert(0, a_run("2026-11-19"))
    found = strips(runs, {"A/x": ["A/x"]})["A/x"]

    assert found.paths == (("met", "M1 0h1v1h-1z"), ("unmet", "M2 0h2v1h-2z"))
    assert found.said == "unmet since 2026-11-21 (2 runs); met since 2026-11-20 (1 run)"
    assert not found.steady


def test_a_task_has_the_worst_verdict_of_its_criteria():
    runs = [a_run("2026-11-20", A__x="met", A__y="broken"), a_run("2026-11-21", A__x="met", A__y="waived")]

    assert [word for word, _ in strips(runs, {"A": ["A/x", "A/y"]})["A"].paths] == ["broken", "waived"]


def test_areas_stand_on_one_another_and_hold_until_the_next_day_that_something_ran():
    found = areas([("2026-11-01", {"good": 1, "bad": 1}), ("2026-11-11", {"good": 2})], ("good", "bad"))

    assert found.top == 2
    assert [day for _, day in found.ticks] == ["2026-11-01", "2026-11-06", "2026-11-11"]
    good, bad = found.areas
    assert good.path == "M0 90L640 90L640 0L640 180L0 180z"
    assert bad.path == "M0 0L640 0L640 0L640 90L0 90z"
    assert areas([], ("good",)) is None
    assert areas([("2026-11-01", {})], ("good",)) is None
    assert areas([("2026-11-01", {"good": 3})], ("good",)).areas[0].path == "M0 0L640 0L640 180L0 180z"


def test_a_box_stands_right_of_all_that_it_waits_for():
    waits = {"a": (), "b": ("a",), "c": ("a", "b"), "alone": (), "d": ("c", "gone", "d")}
    found = layers(waits)

    assert set(found.boxes) == {"a", "b", "c", "d"}
    for first, then, _ in found.arrows:
        assert found.boxes[then][0] >= found.boxes[first][0] + ACROSS
    assert layers({"alone": ()}).boxes == {}
    assert set(layers({"a": ("b",), "b": ("a",)}).boxes) == {"a", "b"}  # a circle, which no plan has
