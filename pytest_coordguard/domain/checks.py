"""What the checks on a pull request's head amount to: the newest of each name counts, a missing one is red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.pull_request import Check

OURS = "coordguard"  # the name that this gate reports under; a gate never waits for itself
GREEN, NEITHER = ("success",), ("neutral", "skipped")


@dataclass(frozen=True, slots=True)
class NotGreen:
    """A check that is not green."""

    name: str
    why: str
    pending: bool = False


def newest(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the last report of each check, by the app that made it and its name.

    Of two of the same second the one that is not green counts, whatever the order they are given in.
    """
    found: dict[tuple[str, str], Check] = {}
    for check in sorted(
        checks, key=lambda one: (one.at, one.conclusion not in GREEN, one.conclusion, one.required is True)
    ):
        found[check.app, check.name] = check
    return tuple(found[key] for key in sorted(found))


def not_green(
    checks: Sequence[Check],
    required: Sequence[str],
    *,
    ours: Sequence[str] = (),
    by: str = "",
    neutral: bool = False,
) -> Iterator[NotGreen]:
    """Yield each check that is not green, and each that is asked for and was not reported.

    Args:
        checks: all reports on the head.
        required: the names that must be there.
        ours: names of this gate's own checks beside `coordguard`; they are left out.
        by: the only app whose report of a required check counts; "" for any.
        neutral: whether `neutral` and `skipped` are green.

    """
    left_out = {name.casefold() for name in (OURS, *ours)}
    green = (*GREEN, *NEITHER) if neutral else GREEN
    others = [check for check in newest(checks) if check.name.casefold() not in left_out]
    for check in others:
        if not check.conclusion:
            yield NotGreen(check.name, "still runs", pending=True)
        elif check.conclusion not in green:
            yield NotGreen(check.name, f"ended as {check.conclusion}{f' ({check.app})' if check.app else ''}")
    there = {check.name for check in others if not by or check.app == by}
    for name in dict.fromkeys(required):
        if name not in there and name.casefold() not in left_out:
            told = f"was not reported by {by}" if by else "was not reported"
            yield NotGreen(name, f"is required, and {told}", pending=True)
