"""All reports of one criterion, read, mapped to the repository's files, and held against them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.coverage import data, fresh
from pytest_coordguard.facts.coverage.paths import is_outside, resolved
from pytest_coordguard.facts.coverage.read import is_data, read
from pytest_coordguard.facts.coverage.report import FileLines, united
from pytest_coordguard.facts.on_disk import named
from pytest_coordguard.facts.repository import Repository

USUAL = (".coverage", "coverage.xml", "coverage.json", "coverage.lcov", "lcov.info")  # coverage.py's own defaults


@dataclass(frozen=True, slots=True)
class Source:
    """One report, as it was found."""

    name: str  # its path in the repository, or in the folder that the run wrote it to
    content: bytes
    own: bool  # made by the run just now, which needs no further proof of its time


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all reports together say of the repository's files."""

    files: dict[str, FileLines] = field(default_factory=dict)  # path in the repository -> its lines
    findings: tuple[Finding, ...] = ()  # why a report is not of the code as it is
    elsewhere: tuple[str, ...] = ()  # names of files that are not in the repository; they do not count
    makers: tuple[str, ...] = ()


def found_reports(repo: Repository, patterns: Sequence[str]) -> list[Source]:
    """Return the reports that any of these names, in the order of their paths; a report that git ignores counts."""
    return [Source(path, repo.read(path), own=False) for path in named(repo, patterns) if repo.is_file(path)]


def gathered(repo: Repository, sources: Sequence[Source], folder: Path | None = None) -> Gathered:
    """Return what the reports say together.

    Args:
        repo: the repository that they should speak of.
        sources: the reports.
        folder: where the run took place, if elsewhere than in the root.

    Raises:
        CannotJudge: a report cannot be read.

    """
    parts = [_plain(repo, one, folder) for one in sources if not is_data(one.content)]
    if recorded := [one for one in sources if is_data(one.content)]:
        parts.append(_recorded(repo, recorded, folder))
    return Gathered(
        files=united(part.files for part in parts),
        findings=tuple(finding for part in parts for finding in part.findings),
        elsewhere=tuple(sorted({name for part in parts for name in part.elsewhere})),
        makers=tuple(sorted({maker for part in parts for maker in part.makers if maker})),
    )


def _plain(repo: Repository, source: Source, folder: Path | None) -> Gathered:
    report = read(source.name, source.content)
    beside = "" if source.own else source.name
    names = resolved(report.files, repo, report=beside, roots=report.roots, folder=folder)
    files = united({path: report.files[name]} for name, path in names.items() if path)
    by_coverage_py = report.maker.startswith("coverage.py")
    findings = [
        *_old(repo, source, list(files), report.made_at),
        *_of_others(source, names),
        *_of_copies(repo, source, names),
        *(one for path in files for one in fresh.strangers(path, files[path], repo, by_coverage_py=by_coverage_py)),
    ]
    return Gathered(files, tuple(findings), _gone(names), (report.maker,))


def _recorded(repo: Repository, sources: Sequence[Source], folder: Path | None) -> Gathered:
    lines = {one.name: data.executed(one.name, one.content) for one in sources}
    names = {
        name: path
        for source in sources
        for name, path in resolved(
            lines[source.name], repo, report="" if source.own else source.name, folder=folder
        ).items()
    }
    findings: list[Finding] = []
    for source in sources:
        ran = united({path: FileLines(run=on)} for name, on in lines[source.name].items() if (path := names[name]))
        findings += _old(repo, source, list(ran), None)
        findings += _of_others(source, {name: names[name] for name in lines[source.name]})
        findings += _of_copies(repo, source, {name: names[name] for name in lines[source.name]})
        findings += [one for path in ran for one in fresh.strangers(path, ran[path], repo, by_coverage_py=False)]
    if findings:  # coverage.py would match lines to statements that they do not belong to
        return Gathered(findings=tuple(findings), elsewhere=_gone(names))
    report = data.report({one.name: one.content for one in sources}, names, repo)
    return Gathered(dict(report.files), (), _gone(names), (report.maker,))


def _old(repo: Repository, source: Source, paths: Iterable[str], made_at: float | None) -> list[Finding]:
    if source.own:
        return []
    when = fresh.time_of(repo, source.name, made_at)
    if fresh.from_the_future(when):
        return [_stale(source, f"it says that it was made at {_clock(when)}, which has not come yet")]
    written = None if source.name in repo.changes else (repo.root / source.name).stat().st_mtime
    newer = fresh.changed_after(repo, paths, when, written)
    if not newer:
        return []
    more = f" and {len(newer) - 1} more files" if len(newer) > 1 else ""
    return [_stale(source, f"older than the code: made at {_clock(when)}, and {newer[0]}{more} changed after that")]


def _of_others(source: Source, names: Mapping[str, str | None]) -> list[Finding]:
    """Return a finding when most of what a report measures and should be here is not."""
    expected = [name for name, path in names.items() if path or not is_outside(name)]
    lost = [name for name in expected if not names[name]]
    if names and not any(names.values()):
        return [_stale(source, f"a report of other files: none of its {len(names)} is here, as {min(names)!r}")]
    if 2 * len(lost) > len(expected):
        return [
            _stale(source, f"a report of other files: {len(lost)} of {len(expected)} are not here, as {min(lost)!r}")
        ]
    return []


def _of_copies(repo: Repository, source: Source, names: Mapping[str, str | None]) -> list[Finding]:
    """Return a finding when a run measured other code than that which is judged: an installation of another time."""
    if not source.own:
        return []
    other = {name: path for name, path in names.items() if path and fresh.is_another(repo, path, name)}
    if not other:
        return []
    name, path = min(other.items())
    more = f", and so of {len(other) - 1} more files" if len(other) > 1 else ""
    return [Finding(path, 0, f"the run measured {name}, which is not this file as it is{more}", "coverage.stale")]


def _gone(names: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, path in names.items() if path is None)


def _stale(source: Source, what: str) -> Finding:
    return Finding(source.name, 0, what, "coverage.stale")


def _clock(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def digest(content: bytes) -> str:
    """Return the SHA-256 of a report, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
