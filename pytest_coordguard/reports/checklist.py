"""`GUARDRAILS_CHECKLIST.md`: one box a criterion, in plan order. Only what is met, here and now, is ticked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_coordguard.domain.evidence import Evidence, Measure
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.record import Provenance, Record, RunRecord
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing, standings
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.text import again, clean_commit, clipped, code, line, link, markdown, number

MOST_FINDINGS = 10  # of one criterion; the others are in the status file
LONGEST = 600  # characters of one message


def checklist(plan: Plan, record: Record, now: Provenance, gate: str) -> str:
    """Return the checklist of a gate: its criteria first, then those that only other gates select.

    Each criterion of the plan stands in it once. Links are relative to the checklist's own folder.
    """
    found = standings(plan, record, now)
    inside = {each.criterion.id: each for each in found if gate in each.criterion.gates}
    outside = {each.criterion.id: each for each in found if gate not in each.criterion.gates}
    lines = [
        f"# {markdown(plan.project) or 'Guardrails'}: checklist of gate {code(gate)}",
        "",
        *_header(plan, record.run, gate_standing(plan, record, now, gate)),
        *_problems(record.run),
        *_section(f"## Gate {code(gate)}", plan, inside),
        *_section("## Of other gates alone", plan, outside),
    ]
    return "\n".join(lines) + "\n"


def _header(plan: Plan, run: RunRecord, gate: GateStanding) -> list[str]:
    now = gate.now
    state = "with uncommitted changes" if now.dirty else "clean"
    return [
        f"**{markdown(headline(gate))}**",
        "",
        f"- commit {code(clean_commit(now.commit))}, {state}" + (f", branch {code(run.branch)}" if run.branch else ""),
        *([f"- pull request {run.pull_request}"] if run.pull_request is not None else []),
        *([f"- range {code(run.range)}"] if run.range else []),
        f"- written {line(now.checked_at or run.started) or 'by no run yet'}",
        f"- last run: {_run(run)}",
        f"- plan {code(plan.path)}, sha256 {code(plan.digest[:12])}",
        f"- run it again: {code(f'pytest -m {gate.gate}')}",
        "",
        "A box is ticked by a test that ran to completion and held on this commit, never by hand.",
        "",
    ]


def headline(gate: GateStanding) -> str:
    """Return one sentence on a gate: open or closed, and the counts that make it so."""
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in gate.words.items() if word != "met")
    told = f"{gate.met} of {len(gate.standings)} met" + (f", {counts}" if counts else "")
    if not gate.standings:
        return f"Gate {line(gate.gate)} is CLOSED: the plan has no criterion of it"
    if gate.open:
        return f"Gate {line(gate.gate)} is OPEN: {told}"
    if gate.would_open:
        where = "with uncommitted changes; commit them" if gate.now.commit else "on no commit; commit the files"
        return (
            f"Gate {line(gate.gate)} would be OPEN: {len(gate.standings)} of {len(gate.standings)} hold {where}"
            " and run again for the ticks"
        )
    extra = [f"{len(gate.problems)} run problem{'s'[: len(gate.problems) != 1]}"] if gate.problems else []
    extra += [] if gate.complete else ["the last run did not judge all of it"]
    return f"Gate {line(gate.gate)} is CLOSED: {', '.join([told, *extra])}"


def _run(run: RunRecord) -> str:
    if not run.id:
        return "none yet"
    asked = f"gate {code(run.gate)}" if run.gate else "no gate"
    took = f", {run.duration:.1f} s" if run.duration is not None else ""
    status = f", exit status {run.exit_status}" if run.exit_status is not None else ""
    return f"{asked}, {run.state}, started {line(run.started)}{took}{status}"


def _problems(run: RunRecord) -> list[str]:
    if not run.problems:
        return []
    shown = [f"- {markdown(clipped(line(problem), LONGEST)) or 'a problem without words'}" for problem in run.problems]
    return ["## Problems of the run", "", "They keep the gate closed, whatever the boxes say.", "", *shown, ""]


def _section(title: str, plan: Plan, chosen: dict[str, Standing]) -> list[str]:
    if not chosen:
        return []
    lines = [title, ""]
    for task in plan.tasks:
        mine = [chosen[each.id] for each in task.criteria if each.id in chosen]
        if mine:
            lines += [
                _task(task, mine),
                "",
                *(text for each in mine for text in criterion_lines(plan, each, plan.reports.checklist)),
                "",
            ]
    return lines


def _task(task: Task, mine: Sequence[Standing]) -> str:
    owner = f", {markdown(task.owner)}" if task.owner.strip() else ""
    met = sum(each.ticked for each in mine)
    return f"### {code(task.id)} {markdown(task.title)} ({met} of {len(mine)} met{owner})"


def criterion_lines(plan: Plan, standing: Standing, page: str | None) -> list[str]:
    """Return a criterion's box and, below it, what a reader needs to know or to do.

    `page` is the file that it is for, relative to the root, so that links lead from there; None: no links.
    """
    box = "- [x]" if standing.ticked else "- [ ]"
    verdict = "" if standing.ticked else f"**{standing.word.replace('_', ' ')}**: "
    return [
        f"{box} {verdict}{code(standing.criterion.id)} {markdown(standing.criterion.text)}{_marks(standing)}".rstrip(),
        *(f"  - {detail}" for detail in _details(standing, page, plan.reports.status)),
    ]


def _marks(standing: Standing) -> str:
    known = standing.known
    marks = {None: [], True: ["proven"], False: ["**missed a planted fault**"]}[known.proven]
    marks = [*marks, *(["flaky: passed on a rerun"] if known.flaky else [])]
    return f" ({', '.join(marks)})" if marks else ""


def _details(standing: Standing, page: str | None, status: str) -> Iterator[str]:
    known = standing.known
    if standing.stale and known.verdict not in (Verdict.NOT_RUN, Verdict.UNCLAIMED):
        yield f"{known.verdict.word.replace('_', ' ')}, {stale_text(standing)}"
    if known.message.strip():
        yield markdown(clipped(line(known.message), LONGEST))
    if known.waiver.strip():
        yield f"waiver: {markdown(known.waiver)}"
    yield from _findings(known.findings, page, status)
    if known.evidence.already_there:
        yield f"already there before: {len(known.evidence.already_there)}"
        yield from _findings(known.evidence.already_there, page, status)
    yield from _evidence(known.evidence, page)
    if not standing.ticked:
        if known.remedy.strip():
            yield f"to do: {markdown(known.remedy)}"
        yield f"run it again: {code(again(standing.criterion.id))}"


def stale_text(standing: Standing) -> str:
    """Return why a verdict does not count, with the time at which it was found."""
    found = standing.known.provenance
    return standing.stale + (f" ({line(found.checked_at)})" if found.checked_at else "")


def _findings(findings: Sequence[Finding], page: str | None, status: str) -> Iterator[str]:
    for finding in findings[:MOST_FINDINGS]:
        rule = f" ({code(finding.rule)})" if finding.rule.strip() else ""
        place = f"{link(finding.path, finding.line, page)} " if finding.path.strip() else ""
        yield f"{place}{markdown(clipped(line(finding.message), LONGEST))}{rule}"
    if len(findings) > MOST_FINDINGS:
        yield f"{len(findings) - MOST_FINDINGS} more in {link(status, 0, page)}"


def _evidence(evidence: Evidence, page: str | None) -> Iterator[str]:
    if evidence.measures:
        yield f"measured: {'; '.join(map(measure_text, evidence.measures))}"
    for remark in evidence.remarks:
        yield f"note: {markdown(clipped(line(remark), LONGEST))}"
    for path, sha in evidence.artefacts.items():
        yield f"artefact: {link(path, 0, page)} sha256 {code(sha[:12])}"
    if evidence.tools:
        yield "with " + ", ".join(f"{markdown(name)} {markdown(version)}" for name, version in evidence.tools.items())


def measure_text(measure: Measure) -> str:
    """Return a measured value beside its bounds, as `errors 2 (at most 0)`."""
    value = markdown(measure.value) if isinstance(measure.value, str) else number(measure.value)
    bounds = [
        f"{word} {number(bound)}"
        for word, bound in (("at most", measure.at_most), ("at least", measure.at_least))
        if bound is not None
    ]
    unit = f" {markdown(measure.unit)}" if measure.unit.strip() else ""
    return f"{markdown(measure.name)} {value}{unit}" + (f" ({', '.join(bounds)})" if bounds else "")
