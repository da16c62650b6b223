"""What a plan says of the soak sentinel. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Soak:
    """What a plan says of the sentinel."""

    repository: str = ""  # owner/name; "": the one that CI names
    title: str = "SLO breach: {objectives}"
    prometheus: str = ""  # where readers reach it; "": where the criterion asks it
    panels: Mapping[str, str] = field(default_factory=dict)  # name -> URL with {from}, {to}, {job}
    labels: tuple[str, ...] = ()
    comment_every_seconds: float = 6 * 3600.0
    on_recovery: Literal["comment", "close", "nothing"] = "comment"
    unverified: Literal["quiet", "issue"] = "quiet"
