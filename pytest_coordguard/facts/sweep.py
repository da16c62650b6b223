"""The figures of a whole repository: one pass over its files, and what plans and reports add to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.coverage.gather import USUAL, found_reports, gathered
from pytest_coordguard.facts.coverage.report import share
from pytest_coordguard.facts.figures import document, figure
from pytest_coordguard.facts.import_health.health import Health, Scope
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.imports.lanes import Lanes
from pytest_coordguard.facts.lint_counts import is_of
from pytest_coordguard.facts.repository import Repository

SUPPRESSED = re.compile(rb"#[ \t]*(?:noqa\b|ruff[ \t]*:[ \t]*noqa\b)", re.IGNORECASE)
ALIASES, NOQA = "alias_hits", "suppressed"
NOT_SURE = frozenset({"type-checking", "string"})  # kinds of crossing that `imports.lanes` lets be by default

OF_PYTHON = {
    "syntax_errors": "syntax",
    "unresolved_imports": "unresolved",
    "optional_imports": "optional",
    "cycles": "cycle",
    "works_at_import_time": "work",
}  # name of a figure -> kind of fault
NAMES = ("files", "python_files", *OF_PYTHON, "lane_violations", "coverage", ALIASES, NOQA)


@dataclass(frozen=True, slots=True)
class Figure:
    """A count, and the files that make it."""

    value: float | int
    places: Mapping[str, int] = field(default_factory=dict)  # path -> how much of it

    @property
    def most(self) -> list[tuple[str, int]]:
        """The files with most of it first."""
        return sorted(self.places.items(), key=lambda item: (-item[1], item[0]))


def alias_pattern(aliases: Iterable[str]) -> re.Pattern[bytes]:
    """Return what finds any of these dotted names in a file; `*` stands for more of a name."""
    parts = [re.escape(alias).replace(r"\*", r"[\w.]*") for alias in aliases]
    return re.compile(rb"(?<![\w.])(?:" + "|".join(parts).encode() + rb")(?!\w)")


class Counts:
    """What can be counted of the files in a scope; each figure when it is asked for."""

    def __init__(self, survey: Survey, scope: Scope) -> None:
        self.survey = survey
        self.scope = scope
        self.health = Health(survey, scope)

    def python(self) -> dict[str, Figure]:
        """Return the figures of the Python files."""
        found = {name: _by_file(each.path for each in self.health.of(kind)) for name, kind in OF_PYTHON.items()}
        found["python_files"] = Figure(len(self.health.files))
        for name, hits in self.survey.read.hits.items():
            inside = {path: count for path, count in hits.items() if path in self._files}
            found[name] = Figure(sum(inside.values()), inside)
        return found

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(self.health.files)

    @cached_property
    def rules(self) -> dict[str, Figure]:
        """Each rule of ruff that found something -> how often."""
        places: dict[str, dict[str, int]] = {}
        for path in self.health.files:
            for code, count in self.survey.linted[path].counts.items():
                places.setdefault(code, {})[path] = count
        return {code: Figure(sum(files.values()), files) for code, files in sorted(places.items())}

    def rule(self, name: str) -> Figure:
        """Return how often a rule, or any rule whose code begins so, found something."""
        places: Counter[str] = Counter()
        for code, found in self.rules.items():
            if is_of(code, name):
                places.update(found.places)
        return Figure(sum(places.values()), dict(places))


def _by_file(paths: Iterable[str]) -> Figure:
    places = Counter(paths)
    return Figure(sum(places.values()), dict(places))


def crossings(repo: Repository, lanes: Iterable[Mapping[str, Sequence[str]]]) -> Figure:
    """Return how many lines of these lanes import what is forbidden there."""
    found: set[tuple[str, int]] = set()
    for each in lanes:
        facts = Lanes(repo, each["lane"], each["forbid"]).look(through=False, type_checking=False)
        found |= {(hit.path, hit.reference.line) for hit in facts.found if hit.reference.kind not in NOT_SURE}
    return _by_file(path for path, _ in found)


def coverage(repo: Repository, reports: Sequence[str] | None) -> tuple[Figure | None, str]:
    """Return the percentage of a report and "", or None and why there is none that counts."""
    usual = [name for name in USUAL if repo.is_file(name)][:1]
    sources = found_reports(repo, reports or usual)
    if not sources:
        return None, "there is no coverage report"
    found = gathered(repo, sources)
    whole = share(found.files.values())
    if found.findings:
        return None, str(found.findings[0])
    return (Figure(round(whole.percent, 2)), "") if whole.total else (None, "the coverage report counts no statement")


def alias_report(repo: Repository, report: str, at: str) -> Figure:
    """Return the number at a place of a report.

    Raises:
        CannotJudge: there is no such report, or no number there.

    """
    try:
        return Figure(figure(document(report, repo.read(report)), at))
    except FileNotFoundError as error:
        raise CannotJudge(f"no report {report}; a report that is not there counts nothing, which is not 0") from error
