"""What a verdict rests on: values against bounds, artefacts, tool versions, remarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_coordguard.domain.finding import Finding


@dataclass(frozen=True, slots=True)
class Measure:
    """A value, and the bound that the plan or the guardrail sets for it."""

    name: str
    value: float | int | str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Counts of a whole repository. They go into `state_sweep.json` alone, where a later run finds its trend."""

    scope: str  # the check and what it looked at, in words: figures of equal scopes can be compared
    content: str  # sha256 of the files that were looked at
    figures: dict[str, float | int] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)  # name -> version, of those that counted


@dataclass(slots=True)
class Evidence:
    """Filled by a guardrail while it looks. All of it goes into the reports, redacted there."""

    measures: list[Measure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    tools: dict[str, str] = field(default_factory=dict)  # name -> version
    artefacts: dict[str, str] = field(default_factory=dict)  # path relative to the root -> sha256
    sweep: Sweep | None = None
    pages: dict[str, str] = field(default_factory=dict)  # "area/name" -> text; see `leave`
    already_there: list[Finding] = field(default_factory=list)  # findings that the base of a pull request has too

    def measured(
        self,
        name: str,
        value: float | str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        unit: str = "",
    ) -> None:
        """Note a measured value and its bound, if it has one."""
        self.measures.append(Measure(name, _plain(value), _bound(at_most), _bound(at_least), unit))

    def leave(self, area: str, pages: Mapping[str, str]) -> None:
        """Leave texts that the run writes to `<audits>/<area>/<time>/` at its end and names as artefacts."""
        self.pages |= {f"{area}/{name}": text for name, text in pages.items()}

    def remark(self, text: str) -> None:
        """Note what a reader should know and what is no fault: files left out, tolerated trouble."""
        self.remarks.append(text)

    def tool(self, name: str, version: str) -> None:
        """Note the version of a tool that the verdict rests on."""
        self.tools[name] = version


def _plain(value: float | str) -> float | int | str:
    """Return a value without its subclass (`Seconds`, `RepoPath`), which no report could tell from it."""
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else float(value)


def _bound(value: float | None) -> float | int | None:
    return None if value is None else _plain(value)  # type: ignore[return-value]
