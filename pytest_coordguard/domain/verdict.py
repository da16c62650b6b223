"""The verdicts, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Verdict(IntEnum):
    """Ordered from best to worst, so that `max` of several is the verdict of their criterion."""

    MET = 0
    WAIVED = 1  # unmet, and someone signed for it until a date; or, of a pull request, its base has each finding too
    AWAITING = 2  # a person's sign-off is not there yet
    NOT_RUN = 3
    UNCLAIMED = 4  # no guardrail and no test verifies it
    UNMET = 5
    BROKEN = 6  # the check itself could not judge: nothing is known

    @property
    def word(self) -> str:
        """The word that the reports use; scripts may rely on it."""
        return self.name.lower()

    @property
    def opens(self) -> bool:
        """Whether a criterion with this verdict lets its gate open."""
        return self <= Verdict.WAIVED

    @classmethod
    def of(cls, word: str) -> Verdict:
        """Return the verdict of a report's word.

        Raises:
            KeyError: there is no such verdict.

        """
        return cls[word.upper()]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of them; none at all counts as NOT_RUN, never as MET."""
    return max(verdicts, default=Verdict.NOT_RUN)
