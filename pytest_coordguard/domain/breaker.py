"""What a circuit breaker shows of itself, and what answers must say while it is not closed. Plain data and rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pytest_coordguard.domain.reply import NotJson, Reply

State = Literal["closed", "open", "half-open"]
STATES: tuple[State, ...] = get_args(State)
FAILED = 500  # RFC 9110, section 15.6
NONCE = "{nonce}"


@dataclass(frozen=True, slots=True)
class Shown:
    """The state as it is seen from outside, in two places at one moment."""

    health: State | None  # None: nothing is there, or a word that no state has
    said: str = ""  # in words, what stands in the place of a state in /healthz
    metrics: tuple[State, ...] | None = None  # those whose sample is there; None where the plan names none
    trouble: str = ""  # in words, why one of the two cannot be read

    @property
    def agree(self) -> bool:
        """Whether both say the same, or there is one of them alone."""
        return self.metrics is None or self.metrics == ((self.health,) if self.health else ())


@dataclass(frozen=True, slots=True)
class Marks:
    """By what an answer tells that it is a fallback; each that is given must be there."""

    header: str = ""
    place: str = ""  # in the JSON
    provenance: str = ""  # a place that every success has, a fallback too

    def are_on(self, reply: Reply) -> bool:
        """Tell whether an answer carries them."""
        if not (self.header or self.place):
            return False
        return (not self.header or reply.has(self.header)) and (not self.place or has_place(reply, self.place))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of the endpoint while its upstream fails."""

    reply: Reply
    nonce: str
    before: State | None  # the state that it met


def state_of(text: object, says: Mapping[str, str]) -> State | None:
    """Return which state a text stands for: by the plan's words, else in any spelling, as HALF_OPEN or halfOpen."""
    word = _bare(text)
    return next((state for state in STATES if word == _bare(says.get(state, state))), None)


def _bare(text: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(text).lower())


def has_place(reply: Reply, place: str) -> bool:
    """Tell whether the JSON of an answer has something there."""
    try:
        return not reply.lacks(place)
    except NotJson:
        return False


def faults_of_fallback(attempts: Sequence[Attempt], marks: Marks) -> Iterator[str]:
    """Yield what is wrong with answers that were given while the upstream failed."""
    for attempt in attempts:
        reply, state = attempt.reply, attempt.before or "unknown"
        if marks.are_on(reply):
            if marks.provenance and reply.status < FAILED and not has_place(reply, marks.provenance):
                yield f"a fallback has nothing at {marks.provenance}"
        elif reply.status < FAILED:
            what = "a failed call" if state == "closed" else f"a call that meets the breaker {state}"
            yield f"{what} is answered {reply.status} without a mark: a silent failure"


def untold(attempts: Sequence[Attempt], words: Sequence[str], log: str) -> int:
    """Return how many failures of the upstream have no line of the log that holds all these words.

    A call that met the breaker open never reached the upstream.
    """
    reached = [attempt for attempt in attempts if attempt.before == "closed"]
    plain = [word for word in words if NONCE not in word]
    lines = [line for line in log.splitlines() if all(word in line for word in plain)]
    traced = [word for word in words if NONCE in word]
    if not traced:
        return max(0, len(reached) - len(lines))
    return sum(
        not any(all(word.replace(NONCE, one.nonce) in line for word in traced) for line in lines) for one in reached
    )
