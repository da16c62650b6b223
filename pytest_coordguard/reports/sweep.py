"""`state_sweep.json`: one run in the form that other tools read, measures and all; `summary.md`: the same to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.reports.redact import redact
from pytest_coordguard.reports.text import cell, clean_commit, code, line, markdown, number, plain

SCHEMA_VERSION = 1
KINDS = 8  # kinds of file that the page names


def sweep(plan: Plan, record: Record, now: Provenance, files: Sequence[str]) -> dict[str, Any]:
    """Return what a run saw: the repository's size, the verdicts, and each value that was measured."""
    kinds = Counter(PurePosixPath(path).suffix or "(none)" for path in files)
    return {
        "schema_version": SCHEMA_VERSION,
        "project": plan.project,
        "timestamp": now.checked_at,
        "gate": record.run.gate,
        "commit": now.commit,
        "branch": record.run.branch,
        "dirty": now.dirty,
        "exit_status": record.run.exit_status,
        "files": {"total": len(files), "by_suffix": dict(kinds.most_common(20))},
        "verdicts": dict(Counter(known.verdict.word for known in record.criteria)),
        "criteria": {
            known.id: {
                "verdict": known.verdict.word,
                "message": redact(known.message),
                "findings": len(known.findings),
                "measures": [asdict(measure) for measure in known.evidence.measures],
                "remarks": [plain(remark) for remark in known.evidence.remarks],
            }
            for known in record.criteria
        },
        "sweeps": {
            known.id: asdict(known.evidence.sweep) for known in record.criteria if known.evidence.sweep is not None
        },
    }


def summary(document: Mapping[str, Any]) -> str:
    """Return a sweep as a page: the verdicts, then the figures that were counted of the whole repository."""
    counted = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in document["verdicts"].items())
    lines = [
        f"# {markdown(document['project']) or 'State sweep'}: state at {line(document['timestamp'])}",
        "",
        f"- gate {code(document['gate'])}: {counted or 'no criterion'}",
        f"- commit {code(clean_commit(document['commit']))}{', with uncommitted changes' if document['dirty'] else ''}",
        f"- {document['files']['total']} files: {_kinds(document['files']['by_suffix'])}",
    ]
    for criterion, held in document["sweeps"].items():
        lines += ["", f"## {code(criterion)}", "", markdown(held["scope"]), "", *_figures(document, criterion, held)]
    return "\n".join(lines) + "\n"


def _kinds(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {code(kind)}" for kind, count in list(kinds.items())[:KINDS])


def _figures(document: Mapping[str, Any], criterion: str, held: Mapping[str, Any]) -> list[str]:
    known = document["criteria"][criterion]
    bounds = {each["name"]: each for each in known["measures"]}
    rows = [
        f"| {cell(name)} | {number(value)} | {_bound(bounds.get(name))} |" for name, value in held["figures"].items()
    ]
    tools = ", ".join(f"{markdown(tool)} {markdown(version)}" for tool, version in held["tools"].items())
    notes = [f"- {markdown(remark)}" for remark in known["remarks"]]
    return ["| figure | count | bound |", "| --- | ---: | --- |", *rows, "", f"Counted with {tools}.", "", *notes]


def _bound(measure: Mapping[str, Any] | None) -> str:
    given = measure or {}
    words = (("at most", given.get("at_most")), ("at least", given.get("at_least")))
    return ", ".join(f"{word} {number(bound)}" for word, bound in words if bound is not None)
