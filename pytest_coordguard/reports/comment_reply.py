"""Answers to commands of a comment, in Markdown. Whatever the words are, they get no power over the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.comment_command import USAGE
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.standing import GateStanding
from pytest_coordguard.reports.checklist import criterion_lines, headline
from pytest_coordguard.reports.text import clean_commit, clipped, code, markdown, plain

LONGEST_LINE = 200  # characters of the command that is answered
MOST = 20  # criteria of a closed gate; the others are counted


@dataclass(frozen=True, slots=True)
class Said:
    """One command and its answer."""

    line: str  # as it was written
    done: bool  # False: refused, or not understood
    answer: str  # Markdown

    @property
    def text(self) -> str:
        """The answer below the command that it is for."""
        return f"{code(clipped(self.line, LONGEST_LINE))}\n\n{self.answer}"


def reply(said: Sequence[Said]) -> str:
    """Return the comment that answers all commands of one."""
    return "\n\n".join(each.text for each in said) + "\n"


def block(lines: Sequence[str]) -> str:
    """Return lines as code that nothing in them can end: each is indented, and none holds a line break."""
    rows = [row for line in lines for row in line.splitlines()]
    return "\n".join(f"    {plain(row).replace(chr(10), ' ')}".rstrip() for row in rows)


def misspelt(why: str, meant: str) -> str:
    """Return what is wrong with a command, and how it is written."""
    return f"{markdown(why)}. Meant: {code(meant)}"


def usage() -> str:
    """Return the commands that there are."""
    return "\n".join(f"- {code(text)}" for text in USAGE.values())


def ran(plan: Plan, stand: GateStanding, *, exit_status: int, judged: str) -> str:
    """Return how a gate stands after it was run; `judged` says of what."""
    told = f"**{markdown(headline(stand))}** ({markdown(judged)} at {code(clean_commit(stand.now.commit))}, "
    lines = [f"{told}exit status {exit_status})", ""]
    for each in stand.closing[:MOST]:
        lines += criterion_lines(plan, each, page=None)
    if len(stand.closing) > MOST:
        lines.append(f"- {len(stand.closing) - MOST} more in {markdown(plan.reports.checklist)}")
    return "\n".join([*lines, *(f"- {markdown(problem)}" for problem in stand.problems)]).rstrip("\n")


def page(text: str, *, exit_status: int) -> str:
    """Return the page of a verdict as an answer; `posting.marked` cuts it where it is longer than GitHub takes."""
    return f"{text.rstrip(chr(10))}\n\nexit status {exit_status}"


def explanation(lines: Sequence[str]) -> str:
    """Return what is known of a criterion."""
    return f"What is known of it:\n\n{block(lines)}"


def waiver(plan: Plan, item: str, opened: str) -> str:
    """Return the lines of a waiver and what to do with them; `opened` is what became of a change, "" for none."""
    told = f"Nothing is waived yet. {markdown(opened)}." if opened else "Nothing is waived by a comment."
    where = f"These lines of {code(plan.path)} waive it once the base branch has them:"
    return f"{told} {where}\n\n{block(['waivers:', f'  {item}'])}"
