"""What is posted of a verdict: whole texts, safe whatever the change's author wrote, never greener than it is."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from pytest_coordguard.domain.posting import LONGEST_COMMENT, Annotation, Posting, marked, requests, state_of
from pytest_coordguard.domain.record import CriterionRecord
from pytest_coordguard.domain.standing import gate_standing
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.posting import Judged, verdict_posting
from tests.reports.report_samples import COMMIT, HERE, NASTY, NOW, OTHER, PLAN, RECORD, RUN, plans, texts

JUDGED = Judged("octo-org/shop", 396, COMMIT, OTHER)
GATE_RUN = replace(RUN, gate="review_gate")

COMMENT = """\
### Gate preaudit is CLOSED: 1 of 5 met, 1 waived, 1 not run, 1 unmet, 1 stale

- head `1a2b3c4`, base `5e6f7a8`, plan `coordguard.yaml` `9f86d081884c`

- [ ] **unmet**: `CC-5/spec-validates` Spec validates without errors
  - 2 findings
  - `docs/openapi/lukhas-openai.json:12` operationId "`list_models`" is already on line 7 (`dup`)
  - `docs/openapi/lukhas-openai.json:40` no 429 response (`rate-limit`)
  - measured: errors 2 (at most 0)
  - to do: Run the generator again, then fix the first error it names.
  - run it again: `coordguard check CC-5/spec-validates`
- [ ] **stale**: `CC-5/headers` Headers match (flaky: passed on a rerun)
  - met, found on 5e6f7a8, not on this commit (2026-11-24T09:15:02Z)
  - run it again: `coordguard check CC-5/headers`
- [ ] **not run**: `CC-6/tests` All tier-1 tests pass
  - no run has judged it yet
  - run it again: `coordguard check CC-6/tests`

Run it again: `pytest -m preaudit --pr 396`
"""


def test_a_closed_gate_is_posted_with_what_closes_it():
    assert verdict_posting(PLAN, RECORD, NOW, "preaudit", JUDGED) == Posting(
        "octo-org/shop",
        396,
        COMMIT,
        "coordguard/preaudit",
        "failure",
        "Gate preaudit is CLOSED: 1 of 5 met, 1 waived, 1 not run, 1 unmet, 1 stale",
        COMMENT,
        (
            Annotation(
                "docs/openapi/lukhas-openai.json",
                12,
                "CC-5/spec-validates unmet",
                'operationId "list_models" is already on line 7\n'
                "Run the generator again, then fix the first error it names.",
            ),
            Annotation(
                "docs/openapi/lukhas-openai.json",
                40,
                "CC-5/spec-validates unmet",
                "no 429 response\nRun the generator again, then fix the first error it names.",
            ),
        ),
    )


STATES = {
    (Verdict.MET, Verdict.MET): "success",
    (Verdict.MET, Verdict.AWAITING): "pending",
    (Verdict.AWAITING, Verdict.UNMET): "failure",
    (Verdict.BROKEN, Verdict.UNMET): "failure",
    (Verdict.BROKEN, Verdict.AWAITING): "error",
    (Verdict.MET, Verdict.NOT_RUN): "error",
}


@pytest.mark.parametrize("verdicts, state", STATES.items())
def test_success_is_for_an_open_gate_alone(verdicts, state):
    small = replace(PLAN, tasks=(replace(PLAN.tasks[2], depends_on=()),), waivers=())
    found = zip(small.criteria, verdicts, strict=True)
    record = replace(RECORD, run=GATE_RUN, criteria=tuple(CriterionRecord(c.id, v, provenance=HERE) for c, v in found))
    stand = gate_standing(small, record, NOW, "review_gate")

    assert (state_of(stand), stand.open) == (state, state == "success")


def test_a_run_that_is_not_in_order_is_no_success():
    small = replace(PLAN, tasks=PLAN.tasks[:1])
    record = replace(RECORD, run=replace(GATE_RUN, problems=("the plan changed during the run",)))

    assert state_of(gate_standing(small, record, NOW, "review_gate")) == "error"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(plans(), texts)
def test_no_text_of_the_repository_gets_power_over_the_page(plan, text):
    """No link, no mention, no HTML, no heading of its own: whatever the words are."""
    told = [CriterionRecord(each.id, Verdict.UNMET, text, text, provenance=HERE) for each in plan.criteria]
    posting = verdict_posting(plan, replace(RECORD, criteria=tuple(told)), NOW, "preaudit", JUDGED)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(posting.comment)
    kinds = {token.type for token in tokens} | {inner.type for token in tokens for inner in token.children or ()}
    words = [inner.content for token in tokens for inner in token.children or () if inner.type == "text"]

    assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block", "table_open"}
    assert sum(token.type == "heading_open" for token in tokens) == 1
    assert not any("@" in word or "://" in word for word in words)


@pytest.mark.parametrize("text", NASTY)
def test_a_mark_of_ours_is_only_where_we_put_it(text):
    told = marked("review_gate", verdict_posting(PLAN, RECORD, NOW, "preaudit", JUDGED).comment + text)

    assert told.startswith("<!-- coordguard: review_gate -->\n")


def test_a_very_long_verdict_fits_a_comment():
    many = tuple(replace(PLAN.tasks[1].criteria[0], id=f"CC-5/c{n}", text="long words " * 20) for n in range(2000))
    plan = replace(PLAN, tasks=(replace(PLAN.tasks[1], criteria=many),))
    comment = verdict_posting(plan, RECORD, NOW, "preaudit", JUDGED).comment

    assert len(marked("preaudit", comment)) <= LONGEST_COMMENT
    assert comment.splitlines()[-3].endswith("more in `docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md`")


@pytest.mark.parametrize("count, sizes", [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1])])
def test_annotations_go_in_parts_that_github_takes(count, sizes):
    assert [len(part) for part in requests([Annotation("a.py", 1, "t", "m")] * count)] == sizes


@pytest.mark.parametrize("key", ["a-->b", "", "a\nb"])
def test_a_name_that_could_end_the_mark_is_refused(key):
    with pytest.raises(ValueError, match="is no name for a comment"):
        marked(key, "text")
