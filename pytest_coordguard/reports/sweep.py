"""`state_sweep.json`: one run in the form that other tools read, measures and all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.reports.redact import redact

SCHEMA_VERSION = 1


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
            }
            for known in record.criteria
        },
    }
