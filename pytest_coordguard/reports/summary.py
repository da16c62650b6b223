"""The end of a gate run in the terminal: what is open, why, where, what to do, and how to run it again."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Sequence

from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.checklist import headline, stale_text
from pytest_coordguard.reports.text import again, clipped, name, terminal

BUDGET = 46  # lines on single criteria and tasks; with the frame around them 60 at most
TASK_LINES = 14  # of those, for tasks that are told in one line when not all criteria fit
PROBLEM_LINES = 5
LEAST = 3  # lines that one criterion takes
FINDINGS = 3  # of one criterion
NAMED = 3  # uncommitted files
SHORT = 0  # no number of findings: a criterion in three lines, with the first of them
LONGEST = 300  # characters of one message
NARROWEST = 40

RED, GREEN, YELLOW, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
Paint = Callable[[str, str], str]  # a text and its tone -> what the terminal gets


def summary_lines(
    plan: Plan,
    record: Record,
    now: Provenance,
    gate: str,
    *,
    width: int,
    color: bool,
    written: Sequence[str] | None = None,
) -> list[str]:
    """Return the summary of a gate run, some 60 lines at most.

    Args:
        plan: the plan.
        record: what is known now.
        now: the state of the repository.
        gate: the gate that was asked for.
        width: of the terminal, in characters.
        color: whether it shows colours.
        written: the reports that were written, relative to the root; None for all that the plan names.

    """
    stand = gate_standing(plan, record, now, gate)
    paint = _painted if color else _unpainted
    width = max(width, NARROWEST)
    reports = plan.reports
    files = [reports.checklist, reports.status, reports.dashboard] if written is None else written
    selected = [each for each in stand.closing if each.known.provenance.run == record.run.id]
    told = [*_open_lines(plan, stand, selected, width, paint), *_problem_lines(stand, width, paint)]
    return [
        *told,
        *([""] if told else []),
        *_count_lines(stand, record, width),
        *_fill(_uncommitted(now), width),
        *_fill(f"reports: {', '.join(map(terminal, files)) or 'none written'}", width),
        *(paint(text, _tone(stand)) for text in _fill(_lower(headline(stand)), width)),
    ]


def _painted(text: str, tone: str) -> str:
    return f"{tone}{text}{PLAIN}"


def _unpainted(text: str, _colour: str) -> str:
    return text


def _tone(stand: GateStanding) -> str:
    return BOLD + (GREEN if stand.open else YELLOW if stand.would_open else RED)


def _lower(text: str) -> str:
    return terminal(text[:1].lower() + text[1:])


def _fill(text: str, width: int, first: str = "", rest: str = "    ") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _open_lines(plan: Plan, stand: GateStanding, selected: Sequence[Standing], width: int, paint: Paint) -> list[str]:
    """Tell what this run selected and left open; what it did not select is counted below.

    Tell all with three findings each where that fits, else with one, else in three lines each. Where that does not fit
    either, tell the first tasks and count the rest.
    """
    by_task: dict[str, list[Standing]] = {}
    for each in selected if not stand.would_open else ():
        by_task.setdefault(each.criterion.task, []).append(each)
    tasks = [task for task in plan.tasks if task.id in by_task]
    if len(selected) <= BUDGET // LEAST:
        for findings in (FINDINGS, 1, SHORT):
            blocks = [_task_block(task, by_task[task.id], findings, width, paint) for task in tasks]
            if sum(map(len, blocks)) <= BUDGET:
                return [line for block in blocks for line in block]
    return _first_tasks(tasks, by_task, width, paint)


def _first_tasks(tasks: Sequence[Task], by_task: dict[str, list[Standing]], width: int, paint: Paint) -> list[str]:
    lines: list[str] = []
    room = BUDGET - TASK_LINES
    for position, task in enumerate(tasks):
        found = by_task[task.id]
        block = _task_block(task, found[: room // LEAST + 1], 1, width, paint)
        if len(lines) + len(block) > room or len(found) > room // LEAST:
            if lines:
                return lines + _rest(tasks[position:], by_task, BUDGET - len(lines), paint)
            block = [*block[: room - 1], f"    … more of its {len(found)} open criteria in the checklist"]
        lines += block
    return lines


def _rest(tasks: Sequence[Task], by_task: dict[str, list[Standing]], room: int, paint: Paint) -> list[str]:
    told, untold = (tasks, ()) if len(tasks) <= room else (tasks[: room - 1], tasks[room - 1 :])
    lines = [f"{paint(name(task.id), BOLD)}: {_words(by_task[task.id])}" for task in told]
    if untold:
        count = sum(len(by_task[task.id]) for task in untold)
        lines.append(f"… and {len(untold)} more tasks with {count} open criteria, in the checklist")
    return lines


def _words(found: Sequence[Standing]) -> str:
    count = Counter(each.word.replace("_", " ") for each in found)
    return ", ".join(f"{number} {word}" for word, number in sorted(count.items()))


def _task_block(task: Task, found: Sequence[Standing], findings: int, width: int, paint: Paint) -> list[str]:
    title = clipped(f"{name(task.id)} {terminal(task.title)}", width)
    lines = [paint(title, BOLD)]
    for each in found:
        lines += _criterion_block(each, findings, width, paint)
    return lines


def _criterion_block(standing: Standing, findings: int, width: int, paint: Paint) -> list[str]:
    if findings == SHORT:
        return _short_block(standing, width, paint)
    known = standing.known
    word = standing.word.replace("_", " ")
    tone = YELLOW if standing.word in ("stale", "awaiting", "not_run") else RED
    mark = " (missed a planted fault)" if known.proven is False else " (flaky)" if known.flaky else ""
    told = _fill(f"{word}  {name(standing.criterion.id)}  {terminal(standing.criterion.text)}{mark}", width, "  ")
    lines = [paint(told[0], tone), *told[1:]]
    for reason in _reasons(standing, findings):
        lines += _fill(clipped(reason, LONGEST + 20), width, "    - ", "      ")
    if known.remedy.strip():
        lines += _fill(f"to do: {clipped(terminal(known.remedy), LONGEST)}", width, "    ", "      ")
    return [*lines, _again(standing)]


def _short_block(standing: Standing, width: int, paint: Paint) -> list[str]:
    head = f"  {standing.word.replace('_', ' ')}  {name(standing.criterion.id)}  {terminal(standing.criterion.text)}"
    reason = next(iter(_reasons(standing, 1)), "")
    return [paint(clipped(head, width), RED), clipped(f"    - {reason}", width), _again(standing)]


def _again(standing: Standing) -> str:
    return f"    again: {again(standing.criterion.id)}"


def _reasons(standing: Standing, findings: int) -> list[str]:
    known = standing.known
    reasons = []
    if standing.stale and known.verdict not in (Verdict.NOT_RUN, Verdict.UNCLAIMED):
        reasons.append(stale_text(standing))
    if known.message.strip() and not known.findings:
        reasons.append(terminal(known.message))
    reasons += [clipped(terminal(str(finding)), LONGEST) for finding in known.findings[:findings]]
    if len(known.findings) > findings:
        reasons[-1] += f" (and {len(known.findings) - findings} more)"
    if known.waiver.strip():
        reasons.append(f"waiver: {terminal(known.waiver)}")
    return reasons


def _problem_lines(stand: GateStanding, width: int, paint: Paint) -> list[str]:
    if not stand.problems:
        return []
    lines = [paint("the run itself is not in order:", BOLD)]
    for problem in stand.problems[:PROBLEM_LINES]:
        lines += _fill(clipped(terminal(problem), LONGEST), width, "  - ")
    if len(stand.problems) > PROBLEM_LINES:
        lines.append(f"  - and {len(stand.problems) - PROBLEM_LINES} more, in the checklist")
    return lines


def _uncommitted(now: Provenance) -> str:
    """Name the files that keep a run from its ticks: a plan that was never committed is the commonest."""
    if not now.changed:
        return ""
    rest = len(now.changed) - NAMED
    return f"uncommitted: {', '.join(map(terminal, now.changed[:NAMED]))}" + (f" and {rest} more" if rest > 0 else "")


def _count_lines(stand: GateStanding, record: Record, width: int) -> list[str]:
    this_run = [each for each in stand.standings if each.known.provenance.run == record.run.id]
    held = sum(each.known.verdict.opens for each in this_run)
    proven = sum(each.known.proven is True for each in stand.standings)
    flaky = sum(each.known.flaky for each in stand.standings)
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in stand.words.items())
    return _fill(
        f"this run judged {len(this_run)} of {len(stand.standings)} criteria, {held} of them hold; "
        f"{counts or 'no criteria'}; {proven} proven" + (f"; {flaky} flaky" if flaky else ""),
        width,
    )
