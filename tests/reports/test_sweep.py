"""`state_sweep.json` and `summary.md`: what a run leaves for tools, for the next run, and for a reader."""

import json

from pytest_coordguard.domain.evidence import Evidence, Measure, Sweep
from pytest_coordguard.domain.record import CriterionRecord, Record
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.sweep import summary, sweep
from pytest_coordguard.ruling import evidence_in
from tests.reports.report_samples import HERE, NOW, PLAN, RUN

HELD = Sweep("sweep.healthy of src|x, Python 3.9", "c" * 64, {"files": 3, "F401": 2}, {"ruff": "0.14.5"})
EVIDENCE = Evidence([Measure("F401", 2, at_most=5)], ["F401 is 2, and was 3"], {"ruff": "0.14.5"}, {}, HELD)
RECORD = Record(
    RUN,
    (
        CriterionRecord("1/report", Verdict.MET, provenance=HERE, evidence=EVIDENCE),
        CriterionRecord("CC-5/spec", Verdict.UNMET, "two are missing", provenance=HERE),
    ),
)
FILES = ["a.py", "b.py", "LICENSE"]


def test_the_figures_of_a_sweep_lie_beside_what_the_file_always_held():
    """Scripts that read the file as it was go on working."""
    document = sweep(PLAN, RECORD, NOW, FILES)

    assert document["sweeps"] == {
        "1/report": {
            "scope": "sweep.healthy of src|x, Python 3.9",
            "content": "c" * 64,
            "figures": {"files": 3, "F401": 2},
            "tools": {"ruff": "0.14.5"},
        }
    }
    assert document["files"] == {"total": 3, "by_suffix": {".py": 2, "(none)": 1}}
    assert document["criteria"]["1/report"]["verdict"] == "met"
    assert json.loads(json.dumps(document)) == document


def test_the_summary_says_what_was_counted():
    assert summary(sweep(PLAN, RECORD, NOW, FILES)) == (
        "# Lukhas: state at 2026-11-24T09:15:09Z\n"
        "\n"
        "- gate `preaudit`: 1 met, 1 unmet\n"
        "- commit `1a2b3c4`\n"
        "- 3 files: 2 `.py`, 1 `(none)`\n"
        "\n"
        "## `1/report`\n"
        "\n"
        "sweep.healthy of `src|x`, Python 3.9\n"
        "\n"
        "| figure | count | bound |\n"
        "| --- | ---: | --- |\n"
        "| files | 3 |  |\n"
        "| F401 | 2 | at most 5 |\n"
        "\n"
        "Counted with ruff 0.14.5.\n"
        "\n"
        "- F401 is 2, and was 3\n"
    )


def test_a_sweep_travels_from_a_worker():
    """With workers the evidence reaches the one who writes as JSON."""
    assert evidence_in(json.loads(json.dumps(dict_of(EVIDENCE)))) == EVIDENCE
    assert evidence_in(json.loads(json.dumps(dict_of(Evidence())))) == Evidence()


def dict_of(evidence):
    from dataclasses import asdict

    return {"evidence": asdict(evidence)}
