"""The verdict on one pull request, as JSON and as Markdown. What its author wrote has no power over the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.critical import Reason
from pytest_coordguard.domain.new_rules import NewRules
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.selection import Selection
from pytest_coordguard.domain.standing import GateStanding, gate_standing
from pytest_coordguard.reports.checklist import criterion_lines
from pytest_coordguard.reports.status_json import digest, entry, object_name
from pytest_coordguard.reports.text import clipped, code, line, markdown, name, plain

SCHEMA_VERSION = "1.0"
TITLE = 120  # characters
LISTED = 20  # reasons of one kind


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a verdict on a pull request says beside the verdicts of its criteria."""

    facts: PullFacts
    selection: Selection
    sources: tuple[str, ...]
    critical: tuple[Reason, ...]
    changed_rules: tuple[str, ...]
    notes: tuple[str, ...]
    judged: str  # the commit that was judged
    reproduce: str  # the command that gives this verdict again
    saved: str  # the file of the facts, relative to the root
    new_rules: NewRules | None = None  # what those would say that it brings along; None when it brings none


def review_document(plan: Plan, record: Record, now: Provenance, what: Reviewed) -> dict[str, Any]:
    """Return the document: open or closed, for which head and base, by which plan, and what it rests on."""
    stand = gate_standing(plan, record, now, record.run.gate)
    criteria = [
        {
            "task": name(each.criterion.task),
            "text": line(each.criterion.text),
            "because": line((what.selection.applies or {}).get(each.criterion.id, "")),
            **entry(each.known),
            "already_there": [
                {"path": line(one.path), "line": one.line, "message": plain(one.message), "rule": line(one.rule)}
                for one in each.known.evidence.already_there
            ],
        }
        for each in stand.standings
    ]
    run = record.run
    return {
        "schema_version": SCHEMA_VERSION,
        "pull_request": what.facts.number,
        "state": run.state,
        "open": stand.open,
        "exit_status": run.exit_status,
        "bound_to": {
            "head": object_name(what.facts.head_sha),
            "base": object_name(what.facts.base.value.sha) if what.facts.base.value else None,
            "judged": object_name(what.judged),
            "plan": line(plan.path),
            "plan_digest": object_name(run.plan_digest),
        },
        "started": line(run.started),
        "duration": run.duration,
        "versions": {line(tool): line(version) for tool, version in run.versions.items()},
        "title": plain(what.facts.title.value) if what.facts.title.value is not None else None,
        "sources": [line(source) for source in what.sources],
        "known": {
            fact: {"source": line(each.source), "as_of": line(each.as_of)}
            for fact, each in what.facts.facts()
            if each.known
        },
        "unknown": {fact: line(why) for fact, why in what.facts.unknown.items()},
        "tasks": [
            {
                "task": name(link.task),
                "by": link.by.word,
                "confidence": link.confidence.word,
                "evidence": line(link.evidence),
                "own": link in what.selection.own,
            }
            for link in what.selection.links
        ],
        "critical": [line(reason.text) for reason in what.critical],
        "changes_own_rules": [line(path) for path in what.changed_rules],
        "new_rules": _new_rules(what.new_rules),
        "notes": [plain(note) for note in what.notes],
        "problems": [plain(problem) for problem in run.problems],
        "criteria": criteria,
        "not_applicable": {name(one): line(why) for one, why in (what.selection.others or {}).items()},
        "verdicts_digest": digest(criteria),
        "reproduce": line(what.reproduce),
    }


def review_text(document: Mapping[str, Any]) -> str:
    """Return a document's text, as it stands in the file."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def review_page(plan: Plan, record: Record, now: Provenance, what: Reviewed, page: str | None) -> str:
    """Return the page: the verdict first, then what keeps it closed, then what it rests on.

    `page` is the file that it is for, relative to the root, so that links lead from there; None: no links.
    """
    stand = gate_standing(plan, record, now, record.run.gate)
    title = what.facts.title.value
    lines = [
        f"# Pull request {what.facts.number}: {'OPEN' if stand.open else 'CLOSED'}",
        "",
        *([markdown(clipped(line(title), TITLE)), ""] if title else []),
        f"**{markdown(verdict_line(stand, what))}**",
        "",
        *_listed("## What keeps it closed beside its criteria", record.run.problems),
        *_listed("## Why it needs the reviewer", [reason.text for reason in what.critical]),
        *_criteria(plan, stand, page),
        *_tasks(what.selection),
        *_new_rules_section(what.new_rules),
        *_listed("## Notes", what.notes),
        *_grounds(plan, record, what),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def verdict_line(stand: GateStanding, what: Reviewed) -> str:
    """Return the verdict in one sentence, bound to the head."""
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in stand.words.items())
    state = "OPEN" if stand.open else "CLOSED"
    return (
        f"Gate {line(stand.gate)} is {state} for {what.facts.head_sha[:9]} of pull request {what.facts.number}: "
        f"{counts or 'no criterion applies'}"
    )


def _listed(title: str, sentences: Sequence[str]) -> list[str]:
    if not sentences:
        return []
    more = [f"- and {len(sentences) - LISTED} more"] if len(sentences) > LISTED else []
    return [title, "", *(f"- {markdown(clipped(line(each), 600))}" for each in sentences[:LISTED]), *more, ""]


def _new_rules(found: NewRules | None) -> dict[str, Any] | None:
    if found is None:
        return None
    words = {name(one): word for one, word in found.verdicts.items()}
    return {"open": found.opens, "says": [plain(said) for said in found.says], "criteria": words}


def new_rules_line(found: NewRules) -> str:
    """Return in one sentence what the rules that a pull request brings would say of it."""
    told = {True: "open", False: "closed", None: "open or closed: not known, for nothing that it brings was run"}
    return f"by its own rules, which decide nothing here, the gate would be {told[found.opens]}"


def _new_rules_section(found: NewRules | None) -> list[str]:
    if found is None:
        return []
    words = [f"{one}: {word.replace('_', ' ')}" for one, word in found.verdicts.items()]
    lines = _listed("## What its own rules would say", [*found.says, *words])
    sentence = new_rules_line(found)
    return [
        *(lines[:2] or ["## What its own rules would say", ""]),
        f"{sentence[0].upper()}{sentence[1:]}.",
        "",
        *lines[2:],
    ]


def _criteria(plan: Plan, stand: GateStanding, page: str | None) -> list[str]:
    lines: list[str] = []
    for title, found in (
        ("## Open criteria", stand.closing),
        ("## Criteria that hold", [each for each in stand.standings if each.opens]),
    ):
        if found:
            lines += [title, "", *(text for each in found for text in criterion_lines(plan, each, page)), ""]
    return lines


def _tasks(selection: Selection) -> list[str]:
    if not selection.links:
        return ["## Tasks", "", "- nothing points at a task of the plan", ""]
    own = {link.task for link in selection.own}
    lines = [
        f"- {code(link.task)}{' (its own)' if link.task in own else ''}: {markdown(link.evidence)}, "
        f"{link.confidence.word} confidence"
        for link in selection.links
    ]
    others = selection.others or {}
    more = [f"- {len(others)} criteria of other tasks do not apply"] if others else []
    return ["## Tasks", "", *lines, *more, ""]


def _grounds(plan: Plan, record: Record, what: Reviewed) -> list[str]:
    base = what.facts.base.value
    merged = "the head itself" if what.judged == what.facts.head_sha else "the merge of the two"
    unknown = [f"- not known: {code(fact)}: {markdown(why)}" for fact, why in what.facts.unknown.items()]
    return [
        "## What it rests on",
        "",
        f"- head {code(what.facts.head_sha)}",
        f"- base {code(base.sha if base else '')} ({markdown(base.ref if base else '')})",
        f"- judged {code(what.judged)}, {merged}",
        f"- plan {code(plan.path)} of the base, sha256 {code(record.run.plan_digest[:12])}",
        f"- sources: {markdown(', '.join(what.sources))}",
        *unknown,
        f"- started {line(record.run.started)}, {record.run.state}",
        f"- again: {code(what.reproduce)}",
    ]
