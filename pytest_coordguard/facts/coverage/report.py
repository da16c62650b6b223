"""A coverage report as data: which lines ran, which did not, and the share of them. No files, no formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class FileLines:
    """The statements of one file, each by the 1-based number of its first line."""

    run: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()
    excluded: frozenset[int] | None = None  # lines that settings leave out; None when the format does not tell
    taken: int = 0  # branches that were followed, of …
    branches: int = 0

    @property
    def statements(self) -> frozenset[int]:
        """All lines that count."""
        return self.run | self.missed

    @property
    def covered(self) -> int:
        """Statements and branches that ran."""
        return len(self.run) + self.taken

    @property
    def total(self) -> int:
        """Statements and branches that count."""
        return len(self.run) + len(self.missed) + self.branches

    def merged(self, other: FileLines) -> FileLines:
        """Return what two runs together covered.

        Of branches only counts are known, so the better of the two stands for both: never too many.
        """
        run = self.run | other.run
        excluded = None if self.excluded is None or other.excluded is None else self.excluded & other.excluded
        taken, branches = max(self.taken, other.taken), max(self.branches, other.branches)
        return FileLines(run, (self.missed | other.missed) - run, excluded, taken, branches)


@dataclass(frozen=True, slots=True)
class Report:
    """One report, with the names of files as it wrote them."""

    files: Mapping[str, FileLines]
    maker: str = ""  # "coverage.py 7.6.1"; "" when it does not tell
    made_at: float | None = None  # seconds since 1970, as the report tells; None when it does not
    roots: tuple[str, ...] = field(default=())  # folders that the names may be relative to (Cobertura's <source>)


def united(reports: Iterable[Mapping[str, FileLines]]) -> dict[str, FileLines]:
    """Return what several runs together covered, by file."""
    found: dict[str, FileLines] = {}
    for files in reports:
        for name, lines in files.items():
            found[name] = found[name].merged(lines) if name in found else lines
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, kept exact: 74.996 % is not 75 %."""

    covered: int
    total: int

    def reaches(self, percent: float) -> bool:
        """Tell whether this is at least so many percent. Nothing of nothing reaches no bound."""
        return self.total > 0 and Fraction(100 * self.covered, self.total) >= Fraction(str(percent))

    @property
    def percent(self) -> float:
        """Percent, cut after two decimals and never rounded up."""
        return (10_000 * self.covered // self.total) / 100 if self.total else 0.0


def share(files: Iterable[FileLines]) -> Share:
    """Return the share of statements and branches that ran, as coverage.py counts it.

    With branch data: (statements run + branches taken) / (statements + branches);
    https://coverage.readthedocs.io/en/latest/faq.html, "How is the total percentage calculated?".
    """
    known = list(files)
    return Share(sum(one.covered for one in known), sum(one.total for one in known))
