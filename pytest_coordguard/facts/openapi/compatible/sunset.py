"""`x-sunset`: the day from which something deprecated may be gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.description import short

SUNSET = "x-sunset"
DATE = len("2026-12-31")


class Notice(NamedTuple):
    """What was said about the end of something."""

    deprecated: bool
    told: bool  # whether there is an `x-sunset`
    text: Any
    day: date | None

    @classmethod
    def of(cls, value: object) -> Notice:
        """Read an object's notice. A date, or date and time, as RFC 3339 writes them."""
        said = value if isinstance(value, dict) else {}
        text = said.get(SUNSET)
        return cls(said.get("deprecated") is True, SUNSET in said, text, _day(text))

    def is_over(self, today: date) -> bool:
        """Tell whether something deprecated may be gone: its day has come, or it never had one."""
        return not self.told or (self.day is not None and self.day <= today)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text[:DATE]) if isinstance(text, str) else None
    except ValueError:
        return None


def moves(old: Notice, new: Notice, options: Options) -> Iterator[tuple[str, str]]:
    """Yield what became of a notice: rule, and what happened."""
    if old.deprecated != new.deprecated:
        now = new.deprecated
        yield (
            "deprecated" if now else "deprecation-removed",
            f"it is {'' if now else 'not '}deprecated{'' if now else ' any more'}",
        )
    if not new.deprecated:
        return
    fresh = not old.deprecated
    if not new.told:
        if old.told:
            yield "sunset-removed", f"the sunset {short(old.text)} is gone"
        elif fresh and options.sunset_days:
            yield "sunset-missing", "it is deprecated, and no x-sunset says until when it works"
    elif new.day is None:
        if fresh or new.text != old.text:
            yield "sunset-unreadable", f"x-sunset {short(new.text)} is no date, as 2026-12-31"
    elif old.day and new.day < old.day and (new.day - options.today).days < max(options.sunset_days, 1):
        yield "sunset-moved-up", f"the sunset went from {old.day} to {new.day}"
    elif (fresh or old.day != new.day) and new.day < options.today + timedelta(days=options.sunset_days):
        yield "sunset-too-soon", f"the sunset {new.day} is less than {options.sunset_days} days after {options.today}"
