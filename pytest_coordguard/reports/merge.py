"""Puts records together: a run's verdicts into what was known before, and the shards of one run into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.standing import NEVER_JUDGED
from pytest_coordguard.domain.verdict import Verdict, worst

AHEAD = "the run that started at"  # how the message begins of what is written ahead of its verdict
ENDS = (0, 1, 5)  # exit statuses of pytest after which a run has done what was asked: held, failed, no tests


class MergeError(ValueError):
    """These records do not belong together; the message says why."""


def pending(run: RunRecord, criteria: Iterable[str]) -> tuple[CriterionRecord, ...]:
    """Return what is written ahead of a run for the criteria that it selects, so that no old tick outlives it."""
    provenance = Provenance(run.commit, run.dirty, run.started, run.id)
    message = f"{AHEAD} {run.started} has not judged it yet"
    return tuple(CriterionRecord(each, Verdict.NOT_RUN, message, provenance=provenance) for each in criteria)


def merged(old: Record | None, new: Record, selected: frozenset[str]) -> Record:
    """Put a run's record over what was known: its verdicts for what it selected, the older ones for the rest.

    Of two runs at once neither loses a verdict: what another run has judged since this one started goes only
    when this one has judged it later. That it did not judge it (written ahead, or cut short) replaces older
    verdicts and no such one.
    """
    if old is None:
        return new
    known = {each.id: each for each in old.criteria}
    for each in new.criteria:
        before = known.get(each.id)
        if before is None or (each.id in selected and _replaces(each, before, new.run)):
            known[each.id] = each
    return replace(new, criteria=tuple(known.values()))


def _replaces(new: CriterionRecord, old: CriterionRecord, run: RunRecord) -> bool:
    if old.provenance.run == new.provenance.run:
        return True
    if new.verdict is Verdict.NOT_RUN:
        return old.verdict is Verdict.NOT_RUN or old.provenance.checked_at <= run.started
    if old.verdict is Verdict.NOT_RUN:
        return True
    return _later(new) >= _later(old)


def _later(known: CriterionRecord) -> tuple[str, Verdict, str]:
    """Order verdicts by their time; in one second the worse counts, then the run's id, so that order is no matter."""
    return known.provenance.checked_at, known.verdict, known.provenance.run


def in_plan(record: Record, plan: Plan) -> tuple[Record, tuple[str, ...]]:
    """Return the record with the plan's criteria alone, in its order, and the ids of those that are gone from it."""
    known = {each.id: each for each in record.criteria}
    wanted = {criterion.id: None for criterion in plan.criteria}
    gone = tuple(each for each in known if each not in wanted)
    return replace(record, criteria=tuple(known[each] for each in wanted if each in known)), gone


def join_shards(records: Sequence[Record], plan: Plan) -> tuple[Record, list[str]]:
    """Put the shards of one run together; return the record, and a line for each thing that no shard did.

    A shard is a run that `-k` narrowed; it has judged what carries its own run's id. When several judged one
    criterion, the worst of their verdicts counts. What none judged, or one selected and did not get to, is not run.

    Raises:
        MergeError: no record, or records of several commits, plans or gates.

    """
    by_run = {record.run.id: record for record in records}
    shards = [by_run[run] for run in sorted(by_run)]
    _require_one_run([record.run for record in shards])
    judged: dict[str, list[CriterionRecord]] = {}
    for record in shards:
        for each in record.criteria:
            if each.provenance.run == record.run.id:
                judged.setdefault(each.id, []).append(each)
    run = _joined_run([record.run for record in shards], records)
    gate = plan.of_gate(run.gate) if run.gate else plan.criteria
    missing = [f"{each.id}: no shard ran it" for each in gate if each.id not in judged]
    unfinished = [f"shard {r.run.id} ({r.run.started}) {_end(r.run)}" for r in shards if not _ended(r.run)]
    criteria = tuple(_joined(each.id, judged.get(each.id, []), run) for each in plan.criteria)
    opens = {each.id: each.verdict.opens for each in criteria}
    whole = not missing and not unfinished
    closed = not whole or bool(run.problems) or not all(opens[each.id] for each in gate)
    run = replace(run, state="complete" if whole else "incomplete", exit_status=int(closed))
    return Record(run, criteria, max((r.today for r in shards if r.today), default=None)), [*unfinished, *missing]


def _ended(run: RunRecord) -> bool:
    """Tell whether a shard came to its own end: one that `-k` narrowed counts as incomplete, and did."""
    return run.state != "running" and run.exit_status in ENDS


def _end(run: RunRecord) -> str:
    return "is running" if run.state == "running" else f"ended with exit status {run.exit_status}"


def _require_one_run(runs: Sequence[RunRecord]) -> None:
    if not runs:
        raise MergeError("there is no record to put together")
    for name, values in (
        ("commits", {run.commit or "no commit" for run in runs}),
        ("plans", {run.plan_digest or "no digest" for run in runs}),
        ("gates", {run.gate or "no gate" for run in runs}),
    ):
        if len(values) > 1:
            raise MergeError(f"these are records of {len(values)} {name}, not of one: {', '.join(sorted(values))}")


def _joined_run(runs: Sequence[RunRecord], given: Sequence[Record]) -> RunRecord:
    durations = [run.duration for run in runs if run.duration is not None]
    return replace(
        runs[0],
        id="+".join(run.id for run in runs),
        started=min(run.started for run in runs),
        duration=max(durations, default=None),
        dirty=any(run.dirty for run in runs),
        versions=_joined_versions(runs),
        problems=tuple(
            chain(
                (f"shard {run.id}: {problem}" for run in runs for problem in run.problems),
                (f"shard {run} was given twice" for run in _twice([record.run.id for record in given])),
            ),
        ),
        artefacts=tuple(dict.fromkeys(chain.from_iterable(run.artefacts for run in runs))),
    )


def _twice(ids: Sequence[str]) -> list[str]:
    return sorted({each for each in ids if ids.count(each) > 1})


def _joined_versions(runs: Sequence[RunRecord]) -> dict[str, str]:
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, version in run.versions.items():
            found.setdefault(name, {})[version] = None
    return {name: ", ".join(versions) for name, versions in found.items()}


def _joined(criterion: str, judged: Sequence[CriterionRecord], run: RunRecord) -> CriterionRecord:
    if not judged:
        return CriterionRecord(criterion, Verdict.NOT_RUN, NEVER_JUDGED)
    verdict = worst(each.verdict for each in judged)
    worst_one = next(each for each in judged if each.verdict is verdict)
    durations = [each.duration for each in judged if each.duration is not None]
    return replace(
        worst_one,
        duration=sum(durations) if durations else None,
        provenance=Provenance(
            run.commit,
            any(each.provenance.dirty for each in judged),
            max(each.provenance.checked_at for each in judged),
            run.id,
        ),
        findings=tuple(sorted(set(chain.from_iterable(each.findings for each in judged)))),
        evidence=_joined_evidence([each.evidence for each in judged]),
        proven=_joined_proof([each.proven for each in judged]),
        tests=tuple(dict.fromkeys(chain.from_iterable(each.tests for each in judged))),
        flaky=any(each.flaky for each in judged),
    )


def _joined_proof(proofs: Sequence[bool | None]) -> bool | None:
    if False in proofs:
        return False
    return True if all(proofs) else None


def _joined_evidence(parts: Sequence[Evidence]) -> Evidence:
    joined = Evidence()
    for part in parts:
        joined.measures.extend(each for each in part.measures if each not in joined.measures)
        joined.remarks.extend(each for each in part.remarks if each not in joined.remarks)
        joined.tools.update(part.tools)
        joined.artefacts.update(part.artefacts)
    return joined
