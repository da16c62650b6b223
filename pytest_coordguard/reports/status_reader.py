"""Reads `task_status.json` back: the verdicts of earlier runs, whoever touched the file since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_coordguard.domain.evidence import Evidence, Measure
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.status_json import digest

BY_HAND = "its verdict was changed by hand after the run that found it"
STATES = ("running", "complete", "incomplete")


class StatusError(ValueError):
    """A status file is not JSON, or not ours; the message names file and place. Keep a copy before writing over it."""


def parse_status(text: str | bytes, path: str) -> dict[str, Any]:
    """Return the document that a status file holds.

    Raises:
        StatusError: it is not UTF-8, not JSON, or no object.

    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise StatusError(f"{path}:{error.lineno}: is not JSON ({error.msg}, column {error.colno})") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise StatusError(f"{path}: is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise StatusError(f"{path}:1: holds {_kind(document)} where an object with .tasks was meant")
    return document


def read_status(text: str | bytes, path: str) -> Record:
    """Return the record that a status file holds. Raises as `parse_status` and `read_record`."""
    return read_record(parse_status(text, path), path)


def read_record(document: Mapping[str, Any], path: str = "task_status.json") -> Record:
    """Return the record that a document holds; what it holds beside that is passed over.

    A file that was kept by hand, before there were runs, holds no verdict. When the list of criteria is not the
    one that was written, no verdict in it opens anything: each that would is `not_run` then.

    Raises:
        StatusError: it is no status document, or a part of it is not of its shape.

    """
    if "tasks" not in document and "criteria" not in document:
        raise StatusError(f"{path}: has neither .tasks nor .criteria, so it is no task status")
    try:
        criteria = _list(document.get("criteria"), ".criteria")
        run = _map(document.get("run"), ".run")
        known = tuple(read_entry(_map(each, f".criteria[{i}]"), f".criteria[{i}]") for i, each in enumerate(criteria))
        if known and run.get("verdicts_digest") != digest(criteria):
            known = tuple(map(_untrusted, known))
        return Record(_run(run), known)
    except StatusError as error:
        raise StatusError(f"{path}: {error}") from None


def _untrusted(known: CriterionRecord) -> CriterionRecord:
    if not known.verdict.opens:
        return known
    return CriterionRecord(known.id, Verdict.NOT_RUN, BY_HAND, "Run the gate again.", tests=known.tests)


def _run(found: Mapping[str, Any]) -> RunRecord:
    where = ".run"
    state = _text(found, "state", where) or "incomplete"
    if state not in STATES:
        raise StatusError(f'{where}.state: "{state}" is none of {", ".join(STATES)}')
    return RunRecord(
        id=_text(found, "id", where),
        gate=_text(found, "gate", where),
        state=state,
        started=_text(found, "started", where),
        exit_status=_whole(found, "exit_status", where),
        duration=_number(found, "duration", where),
        commit=_text(found, "commit", where) or None,
        branch=_text(found, "branch", where),
        dirty=found.get("dirty") is True,
        pull_request=_whole(found, "pull_request", where),
        range=_text(found, "range", where),
        plan_digest=_text(found, "plan_digest", where),
        versions=_texts_by_name(found.get("versions"), f"{where}.versions"),
        problems=_texts(found.get("problems"), f"{where}.problems"),
        artefacts=_texts(found.get("artefacts"), f"{where}.artefacts"),
    )


def read_entry(found: Mapping[str, Any], where: str = "entry") -> CriterionRecord:
    """Return what an entry of `.criteria` or of the journal says of its criterion.

    Raises:
        StatusError: it has no id or no verdict that is one, or a value is of another type.

    """
    identity, word = _text(found, "id", where), _text(found, "verdict", where)
    if not identity:
        raise StatusError(f"{where}: has no .id")
    try:
        verdict = Verdict.of(word)
    except KeyError:
        words = ", ".join(each.word for each in Verdict)
        raise StatusError(f'{where}.verdict: "{word}" is none of {words}') from None
    evidence = _map(found.get("evidence"), f"{where}.evidence")
    return CriterionRecord(
        identity,
        verdict,
        message=_text(found, "message", where),
        remedy=_text(found, "remedy", where),
        duration=_number(found, "duration", where),
        provenance=_provenance(found, where),
        findings=_findings(evidence.get("findings"), f"{where}.evidence.findings"),
        evidence=_evidence(evidence, f"{where}.evidence"),
        waiver=_text(found, "waiver", where),
        proven=found.get("proven") if isinstance(found.get("proven"), bool) else None,
        tests=_texts(found.get("tests"), f"{where}.tests"),
        flaky=found.get("flaky") is True,
    )


def _provenance(found: Mapping[str, Any], where: str) -> Provenance:
    return Provenance(
        _text(found, "commit", where) or None,
        found.get("dirty") is not False,  # not said: not known to be clean
        _text(found, "checked_at", where),
        _text(found, "run", where),
    )


def _findings(found: object, where: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            _text(each, "path", where), _whole(each, "line", where) or 0, _text(each, "message", where),
            _text(each, "rule", where),
        )
        for each in _maps(found, where)
    )  # fmt: skip


def _evidence(found: Mapping[str, Any], where: str) -> Evidence:
    return Evidence(
        [_measure(each, f"{where}.measures") for each in _maps(found.get("measures"), f"{where}.measures")],
        list(_texts(found.get("remarks"), f"{where}.remarks")),
        _texts_by_name(found.get("tools"), f"{where}.tools"),
        _texts_by_name(found.get("artefacts"), f"{where}.artefacts"),
    )


def _measure(found: Mapping[str, Any], where: str) -> Measure:
    value = found.get("value")
    return Measure(
        _text(found, "name", where),
        value if isinstance(value, int | float | str) else "",
        _number(found, "at_most", where),
        _number(found, "at_least", where),
        _text(found, "unit", where),
    )


def _map(found: object, where: str) -> Mapping[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise StatusError(f"{where}: holds {_kind(found)} where an object was meant")
    return found


def _list(found: object, where: str) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        raise StatusError(f"{where}: holds {_kind(found)} where a list was meant")
    return found


def _maps(found: object, where: str) -> Iterable[Mapping[str, Any]]:
    return [_map(each, f"{where}[{i}]") for i, each in enumerate(_list(found, where))]


def _texts(found: object, where: str) -> tuple[str, ...]:
    return tuple(_as_text(each, f"{where}[{i}]") for i, each in enumerate(_list(found, where)))


def _texts_by_name(found: object, where: str) -> dict[str, str]:
    return {name: _as_text(each, f"{where}.{name}") for name, each in _map(found, where).items()}


def _text(found: Mapping[str, Any], name: str, where: str) -> str:
    value = found.get(name)
    return "" if value is None else _as_text(value, f"{where}.{name}")


def _as_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise StatusError(f"{where}: holds {_kind(value)} where a text was meant")
    return value


def _number(found: Mapping[str, Any], name: str, where: str) -> float | None:
    value = found.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise StatusError(f"{where}.{name}: holds {_kind(value)} where a number was meant")


def _whole(found: Mapping[str, Any], name: str, where: str) -> int | None:
    value = _number(found, name, where)
    if value is None or isinstance(value, int):
        return value
    raise StatusError(f"{where}.{name}: holds {value} where a whole number was meant")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
