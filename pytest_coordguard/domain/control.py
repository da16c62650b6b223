"""The positive control of a live check: what it must have seen before its silence counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.domain.reply import Reply


def no_success(came: Reply | None, what: str) -> Vacuous:
    """Return the words for an endpoint that does not succeed, so that nothing is known of what was to be judged."""
    used_up = came is not None and came.status == 429  # noqa: PLR2004  # RFC 6585, section 4
    meant = "; meant: a token or header with {fresh}, by which it tells callers apart" if used_up else ""
    return Vacuous(f"the endpoint does not succeed ({came}), so that {what} nothing{meant}")


@dataclass(slots=True)
class Control:
    """Counts what was seen of what had to be seen: `control.saw("an authenticated 200")`, and at the end `require`."""

    evidence: Evidence
    seen: dict[str, int] = field(default_factory=dict)

    def saw(self, thing: str, times: int = 1) -> None:
        """Note that the check saw it."""
        self.seen[thing] = self.seen.get(thing, 0) + times

    def require(self, *things: str) -> None:
        """Return when each was seen; call it behind `require_none`, so that faults are told first.

        Raises:
            Vacuous: one was never seen, so that nothing it says can be trusted.

        """
        for thing in things:
            self.evidence.measured(f"control: {thing}", self.seen.get(thing, 0), at_least=1)
        if missing := [thing for thing in things if not self.seen.get(thing)]:
            raise Vacuous(f"never saw {', nor '.join(missing)}: its silence says nothing")
