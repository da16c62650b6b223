"""What is said of a verdict on the page of a pull request. Plain data; `facts.github` says it, `reports` words it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_coordguard.domain.standing import GateStanding
from pytest_coordguard.domain.verdict import Verdict

State = Literal["success", "pending", "failure", "error"]  # those of a commit status
A_REQUEST = 50  # annotations: docs.github.com/rest/checks/runs, "annotations"
LONGEST_DESCRIPTION = 140  # characters: of a commit status
LONGEST_COMMENT = 65_536  # characters: of a comment
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9_ -]+")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A line of the change and what is wrong with it."""

    path: str
    line: int  # 1-based
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One verdict, bound to the commit that it was found on."""

    repository: str  # owner/name
    number: int
    head: str  # the commit that was judged
    context: str  # the name of its status, as coordguard/review_gate; one a gate
    state: State
    description: str  # the verdict in one sentence
    comment: str = ""  # the page's comment in Markdown; "" for none
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a commit that is none: a verdict that is bound to nothing must not be posted."""
        if not _COMMIT.fullmatch(self.head):
            raise ValueError(f"{self.head!r} is no full commit id")


def state_of(stand: GateStanding) -> State:
    """Return a gate as a commit status: success alone lets a pull request in.

    Pending when nothing but a person's sign-off is missing; error when it could not be judged, and nothing is
    known to be wrong.
    """
    if stand.open:
        return "success"
    words = {each.known.verdict for each in stand.closing}
    if Verdict.UNMET in words:
        return "failure"
    in_order = stand.complete and not stand.problems
    return "pending" if words == {Verdict.AWAITING} and in_order else "error"


def marker(key: str) -> str:
    """Return the line by which a comment of ours is found again; a reader of the page does not see it."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no name for a comment")
    return f"<!-- coordguard: {key} -->"


def marked(key: str, text: str) -> str:
    """Return a comment that can be found again, cut at a line where it is longer than GitHub takes."""
    head = f"{marker(key)}\n"
    cut = "\n\n… the rest is in the run's own report\n"
    if len(head) + len(text) <= LONGEST_COMMENT:
        return head + text
    room = LONGEST_COMMENT - len(head) - len(cut)
    return head + text[:room].rpartition("\n")[0] + cut


def requests(annotations: Sequence[Annotation]) -> list[tuple[Annotation, ...]]:
    """Return the annotations in the parts that one request takes; at least one part, perhaps empty."""
    starts = range(0, max(len(annotations), 1), A_REQUEST)
    return [tuple(annotations[at : at + A_REQUEST]) for at in starts]
