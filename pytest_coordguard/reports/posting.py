"""A gate's verdict as what is posted on a pull request's page: a sentence, a comment in Markdown, annotations."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.posting import LONGEST_COMMENT, Annotation, Posting, state_of
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing
from pytest_coordguard.reports.checklist import criterion_lines, headline
from pytest_coordguard.reports.text import clean_commit, clipped, code, line, markdown, name, plain

LONGEST = 2000  # characters of one message
MOST = LONGEST_COMMENT - 2000  # characters of a comment, with room for the mark and the closing lines
MOST_ANNOTATIONS = 500  # ten requests; the others are in the report


@dataclass(frozen=True, slots=True)
class Judged:
    """The pull request that was judged, and the two commits that the verdict is bound to."""

    repository: str  # owner/name
    number: int
    head: str
    base: str


def verdict_posting(
    plan: Plan, record: Record, now: Provenance, gate: str, judged: Judged, *, page: str | None = None
) -> Posting:
    """Return what is posted of a gate's verdict; `page` is its comment in Markdown, without one a short one is made."""
    stand = gate_standing(plan, record, now, gate)
    return Posting(
        repository=judged.repository,
        number=judged.number,
        head=judged.head,
        context=f"coordguard/{gate}",
        state=state_of(stand),
        description=line(headline(stand)),
        comment=comment(plan, stand, judged) if page is None else page,
        annotations=tuple(places(stand))[:MOST_ANNOTATIONS],
    )


def comment(plan: Plan, stand: GateStanding, judged: Judged) -> str:
    """Return the comment: the gate in one sentence, what it was judged on, and each criterion that closes it."""
    again = f"pytest -m {name(stand.gate)} --pr {judged.number}"
    commits = f"head {code(clean_commit(judged.head))}, base {code(clean_commit(judged.base))}"
    bound = f"{commits}, plan {code(plan.path)} {code(plan.digest[:12])}"
    end = ["", f"Run it again: {code(again)}", ""]
    lines = [
        f"### {markdown(headline(stand))}",
        "",
        f"- {bound}",
        *(f"- {markdown(clipped(line(problem), LONGEST))}" for problem in stand.problems),
        "",
    ]
    size = sum(len(text) + 1 for text in [*lines, *end])
    for position, standing in enumerate(stand.closing):
        block = criterion_lines(plan, standing, page=None)
        size += sum(len(text) + 1 for text in block)
        if size > MOST:
            lines.append(f"- {len(stand.closing) - position} more in {markdown(plan.reports.checklist)}")
            break
        lines += block
    return "\n".join([*lines, *end])


def places(stand: GateStanding) -> Iterator[Annotation]:
    """Yield the places at fault of what keeps the gate closed, in the order of the plan."""
    for standing in stand.closing:
        title = f"{name(standing.criterion.id)} {standing.word.replace('_', ' ')}"
        yield from (
            Annotation(line(found.path), found.line, title, _message(found.message, standing))
            for found in standing.known.findings
            if found.path.strip() and found.line
        )


def _message(message: str, standing: Standing) -> str:
    remedy = standing.known.remedy
    return clipped(plain(f"{message}\n{remedy}" if remedy.strip() else message), LONGEST)
