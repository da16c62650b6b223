"""What a plan allows: `path:name` with a reason, and which of these entries still cover something."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.repository import under


class Exceptions:
    """The places at which the plan allows a fault, and which of these faults still exist."""

    def __init__(self, allow: Mapping[str, str], rule: str, fault: str = "crossing") -> None:
        self.allow = allow
        self.rule = f"{rule}.allow"
        self.fault = fault  # the word for what is allowed
        self.used: set[str] = set()

    def cover(self, path: str, target: str) -> bool:
        """Tell whether a fault is allowed, and remember the entry that allows it."""
        entry = next((entry for entry in self.allow if _covers(entry, path, target)), None)
        if entry is not None:
            self.used.add(entry)
        return entry is not None

    def faults(self) -> list[Finding]:
        """Return a finding for each entry that covers nothing, and for each without a reason."""
        idle = [
            Finding("", 0, f"allow {entry!r} covers no {self.fault}; take it out of the plan", self.rule)
            for entry in self.allow
            if entry not in self.used
        ]
        silent = [
            Finding("", 0, f"allow {entry!r} gives no reason", self.rule)
            for entry, reason in self.allow.items()
            if not str(reason).strip()
        ]
        return [*idle, *silent]


def _covers(entry: str, path: str, target: str) -> bool:
    where, _, package = entry.rpartition(":")
    here = under(path, [where]) or fnmatchcase(path, where)
    return here and (target == package or target.startswith((package + ".", package + "/")))
