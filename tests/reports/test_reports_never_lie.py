"""What must hold of every report, whatever a repository, a plan or a tool puts into its texts."""

import json
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_coordguard.domain.record import stale
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.annotations import annotations, step_summary
from pytest_coordguard.reports.checklist import checklist
from pytest_coordguard.reports.dashboard import dashboard
from pytest_coordguard.reports.status_json import status_document, status_text, validate_status
from pytest_coordguard.reports.status_reader import read_status
from pytest_coordguard.reports.summary import summary_lines
from pytest_coordguard.reports.text import HIDDEN, WORDY, cell, code, line, markdown, terminal
from tests.reports.report_samples import NASTY, situations, texts

some = settings(max_examples=40, deadline=None)
GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def boxes(text):
    return re.findall(r"^\s*- \[([ x])\] (?:\*\*[a-z ]+\*\*: )?`([^`]+)`", text, re.MULTILINE)


@some
@given(situations())
def test_each_criterion_has_one_box_and_only_what_is_met_here_and_now_is_ticked(situation):
    """The promise that the whole project rests on."""
    plan, record, now = situation
    known = {each.id: each for each in record.criteria}

    found = boxes(checklist(plan, record, now, "preaudit"))

    assert sorted(name for _, name in found) == sorted(each.id for each in plan.criteria)
    for tick, name in found:
        judged = known.get(name)
        earned = judged is not None and judged.verdict is Verdict.MET and not stale(judged.provenance, now)
        assert tick == ("x" if earned and judged.proven is not False else " ")


@some
@given(situations())
def test_no_text_adds_a_box_a_heading_html_or_a_link_to_a_page(situation):
    """A title or a message must not be able to write the report; a Markdown parser is asked, not our own eyes."""
    plan, record, now = situation
    for text in (
        checklist(plan, record, now, "preaudit"),
        dashboard(plan, record, now),
        step_summary(plan, record, now, "preaudit"),
    ):
        page = GFM.parse(text)
        assert not [t for t in page if t.type in ("html_block", "code_block", "blockquote_open", "hr")]
        assert [t.info for t in page if t.type == "fence"] in ([], ["mermaid"])  # the dashboard's own graph
        inline = [child for token in page if token.type == "inline" for child in token.children]
        assert not [t for t in inline if t.type in ("html_inline", "image", "s_open", "em_open", "softbreak")]
        links = [t.attrs["href"] for t in inline if t.type == "link_open"]
        assert not [href for href in links if re.match(r"[a-zA-Z][\w+.-]*:|/", href)]
        plain_text = [t.content for t in inline if t.type == "text"]
        plain_text = [part for part in plain_text if part != "[x] "]  # a box of our own: code follows it
        assert not [part for part in plain_text if re.search(r"@\w|://|#\d|\[x\]", part)]
        text.encode("utf-8")


@some
@given(situations())
def test_headings_are_those_of_the_page(situation):
    """One for the page, one for each section, one for each task in a section."""
    plan, record, now = situation
    page = GFM.parse(checklist(plan, record, now, "preaudit"))
    levels = [token.tag for token in page if token.type == "heading_open"]
    tasks_in = sum(any("preaudit" in c.gates for c in task.criteria) for task in plan.tasks)
    tasks_out = sum(any("preaudit" not in c.gates for c in task.criteria) for task in plan.tasks)

    assert levels.count("h1") == 1
    assert levels.count("h2") == bool(record.run.problems) + bool(tasks_in) + bool(tasks_out)
    assert levels.count("h3") == tasks_in + tasks_out


@some
@given(situations())
def test_the_status_document_validates_and_reads_back(situation):
    """What was written and read back is written the same: nothing is lost, and nothing is gained."""
    plan, record, now = situation
    document = status_document(plan, record, now)
    validate_status(document)
    again = read_status(status_text(document), "task_status.json")

    second = status_document(plan, again, now)
    assert second["criteria"] == document["criteria"]
    assert second == document
    assert [each["id"] for each in document["criteria"]] == [each.id for each in plan.criteria]


@some
@given(situations())
def test_the_summary_is_short_and_no_line_of_it_is_a_command(situation):
    """GitHub's runner obeys what a step prints; a terminal obeys what is written to it."""
    plan, record, now = situation
    lines = summary_lines(plan, record, now, "preaudit", width=80, color=False)

    assert len(lines) <= 75
    for text in lines:
        assert not text.lstrip().startswith("::")
        assert "##[" not in text
        assert not HIDDEN.search(text)


@some
@given(situations())
def test_an_annotation_is_one_line_and_ten_are_the_most(situation):
    """A line break or a `::` in a message would end the command, or start another."""
    plan, record, now = situation
    lines = annotations(plan, record, now, "preaudit")

    assert len(lines) <= 11
    for text in lines:
        assert re.fullmatch(r"::(?:error|notice) [^\r\n]*?::[^\r\n]*", text)
        text.encode("utf-8")


@given(st.one_of(texts, st.sampled_from(NASTY)))
@example("`a` <b> @c #1")
def test_text_becomes_markdown_that_reads_the_same(text):
    """A reader sees the words of the message; only a backtick looks different."""
    (inline,) = (t for t in GFM.parse(f"x {markdown(text)}") if t.type == "inline")

    assert {t.type for t in inline.children} <= {"text", "code_inline"}
    assert "".join(t.content for t in inline.children) == f"x {line(text)}".replace("`", "'").strip()


@given(texts)
def test_text_at_the_start_of_a_block_stays_text(text):
    """A message that opens a list item must not become a list, a heading or a rule in it."""
    tokens = [t.type for t in GFM.parse(f"- {markdown(text)}") if not t.type.endswith("_close")]

    assert tokens in (
        ["bullet_list_open", "list_item_open", "paragraph_open", "inline"],
        ["bullet_list_open", "list_item_open"],
    )


@given(texts, texts)
def test_a_cell_is_one_cell(first, second):
    """A pipe in a title must not shift the columns."""
    page = GFM.parse(f"| a | b |\n|---|---|\n| {cell(first)} | {cell(second)} |\n")

    assert [t.type for t in page].count("td_open") == 2
    assert [t.type for t in page].count("tr_open") == 2


@given(texts)
def test_what_is_shown_shows_the_same_when_it_is_shown_again(text):
    """Redacted, made visible and put on one line: each once and for all."""
    assert line(line(text)) == line(text)
    assert terminal(terminal(text)) == terminal(text)
    assert "\n" not in code(text)


def test_a_secret_reaches_no_report():
    """Whichever field carries it: each writer redacts."""
    from dataclasses import replace

    from pytest_coordguard.domain.evidence import Evidence
    from pytest_coordguard.domain.finding import Finding
    from pytest_coordguard.domain.record import CriterionRecord
    from tests.reports.report_samples import HERE, NOW, PLAN, RECORD

    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    hidden = secret[:9] + "\u200b" + secret[9:]
    evidence = Evidence(remarks=[secret], tools={"t": secret})
    evidence.measured(secret, secret)
    known = CriterionRecord(
        "CC-5/headers",
        Verdict.BROKEN,
        hidden,
        secret,
        provenance=HERE,
        findings=(Finding("a.py", 1, f"token={secret}", secret),),
        evidence=evidence,
        waiver=secret,
        tests=(secret,),
    )
    run = replace(RECORD.run, problems=(secret,), branch=secret, versions={"x": secret}, artefacts=(secret,))
    task = replace(PLAN.tasks[1], title=secret, owner=secret, branch=secret)
    plan = replace(PLAN, project=secret, tasks=(task,))
    record = replace(RECORD, run=run, criteria=(known,))
    reports = [
        json.dumps(status_document(plan, record, NOW)),
        checklist(plan, record, NOW, "preaudit"),
        dashboard(plan, record, NOW),
        step_summary(plan, record, NOW, "preaudit"),
        *annotations(plan, record, NOW, "preaudit"),
        *summary_lines(plan, record, NOW, "preaudit", width=100, color=False),
    ]

    assert not [text for text in reports if secret[6:] in text or secret[:12] in text]


@settings(deadline=None)
@given(
    st.sampled_from(["", "ghp_", "sk-", "xoxb-", "hf_", "a/b."]),
    st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=24),
)
def test_what_is_taken_for_plain_words_holds_no_random_run(prefix, run):
    """Texts of short words skip the redactor, which costs more than all else; no generated key may look like one."""
    if WORDY.match(prefix + run):
        words = re.findall(r"[A-Z]?[a-z]+|\d+|[A-Z]", run)
        assert all(len(word) <= 16 for word in words)
        assert all(len(word) > 1 or re.search(rf"(?:^|[-_]){word}(?:[-_]|$)", run) for word in words if word.isalpha())
    plain_run = re.sub(r"[^a-zA-Z0-9]", "", run)
    if re.search(r"[a-z][0-9][a-zA-Z]|[A-Z]{2}", plain_run) and len(plain_run) == len(run):
        assert not WORDY.match(prefix + run)
