"""What GitHub shows of a run: annotations at the lines at fault, and a summary of the step."""

from collections.abc import Iterator

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing
from pytest_coordguard.reports.checklist import criterion_lines, headline
from pytest_coordguard.reports.text import clipped, line, markdown, name, plain

MOST_ERRORS = 10  # per step: docs.github.com/actions/reference/limits, "annotations"; more are dropped without a word
LARGEST = 1024 * 1024 - 1024  # bytes of a step's summary: a larger one is dropped (same page, 1 MiB), with a margin
LONGEST = 2000  # characters of one message


def annotations(plan: Plan, record: Record, now: Provenance, gate: str, place: str = "") -> list[str]:
    """Return the workflow commands that annotate what keeps a gate closed: the first of each criterion first.

    Ten at most, for GitHub drops the rest; a notice then says how many there are and where. `place` is the folder of
    the work tree that the plan lies in, as `examples/shop/`: GitHub's paths begin at the top.
    """
    stand = gate_standing(plan, record, now, gate)
    all_of_them = [_error("", 0, f"gate {name(gate)}", problem) for problem in stand.problems]
    each_criterion = [list(_errors(standing, place)) for standing in stand.closing]
    for rank in range(max(map(len, each_criterion), default=0)):
        all_of_them += [errors[rank] for errors in each_criterion if rank < len(errors)]
    shown, rest = all_of_them[:MOST_ERRORS], len(all_of_them) - MOST_ERRORS
    if rest > 0:
        shown.append(
            _command("notice", {"title": f"gate {name(gate)}"}, f"{rest} more in {place}{plan.reports.status}")
        )
    return shown


def _errors(standing: Standing, folder: str) -> Iterator[str]:
    known, title = standing.known, f"{name(standing.criterion.id)} {standing.word.replace('_', ' ')}"
    for finding in known.findings:
        yield _error(
            folder + finding.path if finding.path.strip() else "",
            finding.line,
            title,
            _with_remedy(finding.message, known.remedy),
        )
    if not known.findings:
        said = known.message or standing.stale or standing.criterion.text
        yield _error("", 0, title, _with_remedy(said, known.remedy))


def _with_remedy(message: str, remedy: str) -> str:
    return f"{message}\n{remedy}" if remedy.strip() else message


def _error(path: str, number: int, title: str, message: str) -> str:
    place = {"file": line(path)} if path.strip() else {}
    return _command("error", place | ({"line": str(number)} if place and number else {}) | {"title": title}, message)


def _command(command: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{command} {given}::{_data(clipped(plain(message), LONGEST))}"


def _data(text: str) -> str:
    """Escape a message (github.com/actions/toolkit, packages/core/src/command.ts, escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property's value (the same file, escapeProperty)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def step_summary(plan: Plan, record: Record, now: Provenance, gate: str) -> str:
    """Return a step's summary in Markdown: the gate in one sentence, the counts, and each criterion that closes it."""
    stand = gate_standing(plan, record, now, gate)
    lines = [
        f"## {markdown(headline(stand))}",
        "",
        *_table(stand),
        *(f"- {markdown(text)}" for text in stand.problems),
        "",
    ]
    size = sum(len(text.encode()) + 1 for text in lines)
    for position, standing in enumerate(stand.closing):
        block = criterion_lines(plan, standing, page=None)
        size += sum(len(text.encode()) + 1 for text in block)
        if size > LARGEST:
            lines.append(f"- {len(stand.closing) - position} more in {markdown(plan.reports.checklist)}")
            break
        lines += block
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(stand: GateStanding) -> list[str]:
    rows = [f"| {word.replace('_', ' ')} | {count} |" for word, count in stand.words.items()]
    return ["| verdict | criteria |", "| --- | ---: |", *rows, ""] if rows else []
