"""What a plan may set, as far as looking goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Options:
    """`today` comes from the edge: a comparison gives the same on each day that it is told."""

    today: date
    sunset_days: int = 0  # that must lie between the notice and the end; 0: no date is asked for
    turned: bool = True  # whether callbacks and webhooks are judged from the side of who receives them
