"""When the soak sentinel speaks: what it sees, and what it said before, against what it may say now. Plain rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from pytest_coordguard.domain.posting import marker
from pytest_coordguard.domain.slo import Outcome, State
from pytest_coordguard.domain.soak import Soak


@dataclass(frozen=True, slots=True)
class Watched:
    """One criterion as the sentinel found it."""

    criterion: str
    job: str
    prometheus: str
    objectives: tuple[Outcome, ...]
    trouble: str = ""  # why nothing could be asked at all

    @property
    def state(self) -> State:
        """The worst of its objectives: a breach is known, whatever else is not."""
        return worst(one.state for one in self.objectives) if not self.trouble else State.UNVERIFIED


def worst(states: Iterable[State]) -> State:
    """Return BREACHED before UNVERIFIED before HELD; of nothing, nothing is known."""
    found = set(states)
    order = (State.BREACHED, State.UNVERIFIED, State.HELD)
    return next((state for state in order if state in found), State.UNVERIFIED)


class Word(StrEnum):
    """What the sentinel said last about an issue."""

    BREACH = "breach"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Known:
    """The sentinel's own issue, as it is found again."""

    number: int
    url: str
    is_open: bool
    last_word: Word = Word.BREACH
    spoken_at: float = 0.0  # of the last word, seconds since the epoch


class Act(StrEnum):
    """What is to be done."""

    NOTHING = "nothing"
    OPEN = "open"
    REOPEN = "reopen"
    COMMENT = "comment"
    RECOVERED = "recovered"  # a comment that says so
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done, and why."""

    act: Act
    why: str
    says: Word | None = None  # with these words; None: without any


def next_step(state: State, known: Known | None, soak: Soak, now: float) -> Step:
    """Return what to do about what was found, knowing the sentinel's own issue (closed ones for one interval)."""
    if state is State.HELD:
        return _recovered(known, soak)
    if state is State.UNVERIFIED and soak.unverified == "quiet":
        return Step(Act.NOTHING, "what could not be verified is no breach")
    if known is None:
        return Step(Act.OPEN, "no issue of ours is open", Word.BREACH)
    wait = known.spoken_at + soak.comment_every_seconds - now
    if not known.is_open:
        return _closed(known, wait)
    if wait > 0:
        return Step(Act.NOTHING, f"#{known.number} says so, and is told again in {_minutes(wait)}")
    return Step(
        Act.COMMENT, f"#{known.number} was last told more than {_minutes(soak.comment_every_seconds)} ago", Word.BREACH
    )


def _closed(known: Known, wait: float) -> Step:
    if wait <= 0:
        return Step(Act.OPEN, f"#{known.number} was closed, and its last word is older than the interval", Word.BREACH)
    if known.last_word is Word.RECOVERED:
        return Step(Act.REOPEN, f"#{known.number} was closed on recovery, and that did not last")
    return Step(Act.NOTHING, f"#{known.number} was closed by someone; another one is opened in {_minutes(wait)}")


def _recovered(known: Known | None, soak: Soak) -> Step:
    if known is None or not known.is_open:
        return Step(Act.NOTHING, "all objectives hold, and no issue of ours is open")
    told = None if known.last_word is Word.RECOVERED else Word.RECOVERED
    if soak.on_recovery == "close":
        return Step(Act.CLOSE, f"all objectives hold again; #{known.number} is done", told)
    if soak.on_recovery == "comment" and told:
        return Step(Act.RECOVERED, f"all objectives hold again; #{known.number} is told so", told)
    return Step(Act.NOTHING, f"all objectives hold; #{known.number} is left to a person")


def _minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"  # noqa: PLR2004


def mark(plan: str, word: Word) -> str:
    """Return the key of the hidden mark by which our words about one plan are found again."""
    return f"soak {sha256(plan.encode()).hexdigest()[:12]} {word}"


def word_in(body: str, plan: str) -> Word | None:
    """Return what a text of ours says, None when it is not about this plan."""
    return next((word for word in Word if marker(mark(plan, word)) in body), None)
