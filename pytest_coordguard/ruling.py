"""How a phase of an item ended, as plain data that travels from a worker to the controller."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from pytest_coordguard.domain.evidence import Evidence, Measure, Sweep
from pytest_coordguard.domain.finding import Awaiting, CannotJudge, Finding, Unmet, Vacuous
from pytest_coordguard.domain.verdict import Verdict

Ruling = dict[str, Any]  # JSON-able: {"criterion", "when", "verdict", "message", "findings", "evidence", …}


class Ruled(Exception):
    """An item's verdict when no exception of a check stands for it: a claim, a missing claim, a failed proof."""

    def __init__(self, verdict: Verdict, message: str, findings: tuple[Finding, ...] = ()) -> None:
        self.verdict, self.message, self.findings = verdict, message, findings
        super().__init__(message)


def ruling_of(
    criterion: str,
    error: BaseException | None,
    *,
    when: str,
    seconds: float,
    evidence: Evidence | None,
    planted: str | None,
    properties: dict[str, Any],
) -> Ruling:
    """Return how a phase ended. The evidence travels once, with the call."""
    verdict, message, findings = _verdict(error, when)
    return {
        "criterion": criterion,
        "when": when,
        "verdict": verdict.word,
        "message": message,
        "seconds": seconds,
        "findings": [[f.path, f.line, f.message, f.rule] for f in findings],
        "evidence": asdict(evidence) if evidence is not None and when == "call" else None,
        "planted": planted,
        "tests": list(properties.get("coordguard_tests", ())),
        "flaky": bool(properties.get("coordguard_flaky", False)),
    }


def _verdict(  # noqa: PLR0911  # a table: one row a kind of exception
    error: BaseException | None, when: str
) -> tuple[Verdict, str, tuple[Finding, ...]]:
    match error:
        case None:
            return Verdict.MET, "", ()
        case Ruled():
            return error.verdict, error.message, error.findings
        case pytest.skip.Exception():
            return Verdict.NOT_RUN, f"skipped: {error.msg}", ()
        case _ if when != "call":
            return Verdict.BROKEN, f"{when} failed: {_sentence(error)}", ()
        case Awaiting():
            return Verdict.AWAITING, _first(error.findings), error.findings
        case Unmet():
            return Verdict.UNMET, _first(error.findings), error.findings
        case AssertionError() | pytest.fail.Exception():
            return Verdict.UNMET, _text(error), ()
        case Vacuous():
            return Verdict.BROKEN, f"vacuous: {error}", ()
        case CannotJudge():
            return Verdict.BROKEN, f"cannot judge: {error}", ()
        case _:
            return Verdict.BROKEN, f"the check broke: {_sentence(error)}", ()


def _first(findings: tuple[Finding, ...]) -> str:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{findings[0]}{more}" if findings else "does not hold"


def _text(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or "an assertion does not hold"


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def findings_in(ruling: Ruling) -> tuple[Finding, ...]:
    """Return a ruling's findings."""
    return tuple(Finding(*row) for row in ruling["findings"])


def evidence_in(ruling: Ruling) -> Evidence:
    """Return a ruling's evidence."""
    given = ruling.get("evidence") or {}
    return Evidence(
        [Measure(**measure) for measure in given.get("measures", ())],
        list(given.get("remarks", ())),
        dict(given.get("tools", {})),
        dict(given.get("artefacts", {})),
        Sweep(**given["sweep"]) if given.get("sweep") else None,
        dict(given.get("pages", {})),
        [Finding(**each) for each in given.get("already_there", ())],
    )
