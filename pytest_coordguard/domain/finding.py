"""What a check found, and the two ways in which it can end other than well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault at one place. Never holds a secret's value."""

    path: str  # relative to the repository's root, "/" between the parts; "" when no file is at fault
    line: int  # 1-based, as editors count; 0 when the whole file is meant
    message: str
    rule: str = ""  # stable id of the rule that was broken, for tools

    def __str__(self) -> str:
        """Return `path:line: message`, which terminals and editors turn into a link."""
        place = ":".join(filter(None, (self.path, str(self.line or ""))))
        return f"{place}: {self.message}" if place else self.message


class Unmet(AssertionError):
    """The criterion does not hold, and here is where. Any other exception means that the check broke."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(set(findings), key=lambda finding: (not finding.path, finding)))
        super().__init__("\n".join(map(str, self.findings)))


class Awaiting(Unmet):
    """It needs a person's sign-off that is not there yet. Its verdict is `awaiting`."""


class Vacuous(Exception):
    """The check had nothing to look at: no such lane, no file, no operation. Its verdict is `broken`, never `met`."""


class CannotJudge(Exception):
    """The check could not look: a tool is missing, a file cannot be read. Its verdict is `broken`."""


def require_none(findings: Iterable[Finding]) -> None:
    """Return when there is no finding; a generator of them will do.

    Raises:
        Unmet: with all of them at once, sorted by place.

    """
    found = tuple(findings)
    if found:
        raise Unmet(found)
