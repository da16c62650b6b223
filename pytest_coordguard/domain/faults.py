"""The faults of a document, collected so that its author sees all of them in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pytest_coordguard.domain.finding import Finding

_LONGEST = 100  # characters: whoever typed a longer word did not mistype a shorter one
_SUGGESTIONS = 40  # of one document: comparing words costs time, and no one reads more


class PlanError(ValueError):
    """The plan cannot be used, and here is all that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(slots=True)
class Faults:
    """Filled while a document is read."""

    path: str  # of the document, as a person would name it
    findings: list[Finding] = field(default_factory=list)
    _suggested: int = 0

    def add(self, line: int, message: str, rule: str = "plan") -> None:
        """Note a fault at a line (1-based; 0 when the whole file is meant)."""
        self.findings.append(Finding(self.path, line, message, rule))

    def refer(self, line: int, message: str) -> None:
        """Note that one part of the document does not agree with another, which no schema can tell."""
        self.add(line, message, "plan.reference")

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """Return the known word that was most likely meant, "" when none is near."""
        if len(word) > _LONGEST or self._suggested >= _SUGGESTIONS:
            return ""
        import difflib

        self._suggested += 1
        folded = {name.casefold(): name for name in known}
        near = difflib.get_close_matches(word.casefold(), folded, n=1)
        return folded[near[0]] if near else ""

    def meant(self, word: str, known: Sequence[str], otherwise: str) -> str:
        """Return the end of a sentence: what was meant, or `otherwise` when no known word is near."""
        near = self.suggest(word, known)
        return f"meant: {near}?" if near else otherwise

    def raise_any(self) -> None:
        """Return when there is no fault.

        Raises:
            PlanError: with all of them, sorted by place.

        """
        if self.findings:
            raise PlanError(self.findings)
