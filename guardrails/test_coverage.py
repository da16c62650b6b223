"""How much of the code the tests ran: in all, in the parts that matter, and on the lines that a change touches."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath, Seconds
from pytest_coordguard.facts.change import Change, change_since
from pytest_coordguard.facts.command import completed, ending, stamps, tail
from pytest_coordguard.facts.coverage import data, whole
from pytest_coordguard.facts.coverage.gather import USUAL, Gathered, Source, digest, found_reports, gathered
from pytest_coordguard.facts.coverage.report import FileLines, share
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import folder_of

NAMED = 5  # files that a message names; the others are counted
TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*$|conftest\.py$)")
NO_CODE = re.compile(rf"{TESTS.pattern}|(^|/)(setup|noxfile|conf|tasks)\.py$|^(docs|examples|scripts)/")
HALF_HOUR = Seconds(1800)


@guardrail(
    "coverage.minimum",
    remedy="Run the tests with coverage again on this commit; then test the lines named, or take out what is dead.",
)
def test_coverage_reaches_the_minimum(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    minimum: float = 75,
    report: list[RepoPath] | None = None,
    run: str | None = None,
    paths: dict[str, float] | None = None,
    changed_lines: float | None = None,
    base: str | None = None,
    source: list[RepoPath] | None = None,
    within: Seconds = HALF_HOUR,
    exit: list[int] | None = None,  # noqa: A002  the word of the plan
) -> None:
    """So many percent of the statements and branches ran, by a report that is of the code as it is.

    Args:
        minimum: percent of the whole, as coverage.py counts it.
        report: `.coverage` data, coverage JSON, Cobertura XML, lcov; several are combined. With `run`: what
            it writes.
        run: a command that measures, as `pytest --cov=. tests/unit`; without it the report must be fresh.
        paths: folder, file or glob -> percent that the files there must reach together.
        changed_lines: percent of the statements on changed lines.
        base: the branch that lines are compared with; what the run judges the change against when left out.
        source: only these folders count, and all Python files in them, imported or not.
        within: time limit of `run`.
        exit: exit statuses with which `run` may end; 0 alone when left out.

    """
    found = _measured(repo, evidence, report, run, within, exit or [0])
    settings = data.settings(repo)
    files = _counted(repo, found, source, settings, evidence)
    findings = [*found.findings, *_below(files, minimum, evidence), *_below_by_path(repo, files, paths or {}, evidence)]
    if changed_lines is not None:
        counts = set(repo.select(source)) if source else {*files, *whole.neighbours(repo, files, settings.omit)}
        changed = _changed(repo, files, settings, change_since(repo.root, base) if base else change, counts, evidence)
        findings += _below_on_changes(changed, changed_lines, evidence)
    require_none(findings)


def _measured(
    repo: Repository,
    evidence: Evidence,
    report: Sequence[str] | None,
    run: str | None,
    within: float,
    statuses: Sequence[int],
) -> Gathered:
    if run is None:
        sources, folder = _reports(repo, report), None
    else:
        sources, folder = _from_run(repo, report, run, within, statuses)
    if not sources:
        by = f" after `{run}`" if run else ""
        raise Vacuous(
            f"no coverage report{by}; looked for {', '.join(report or (USUAL if run is None else USUAL[:1]))}"
        )
    for one in sources if run is None or report else ():  # what a run wrote aside is gone by now
        evidence.artefacts[one.name] = digest(one.content)
    found = gathered(repo, sources, folder)
    evidence.measured("reports", len(sources))
    for maker in found.makers:
        evidence.tool(*(maker.split(" ", 1) if " " in maker else (maker, "")))
    return found


def _reports(repo: Repository, report: Sequence[str] | None) -> list[Source]:
    """Return the reports that the plan names; the first that has a usual name when it names none."""
    usual = [name for name in USUAL if repo.is_file(name)][:1]
    return found_reports(repo, report or usual)


def _from_run(
    repo: Repository, report: Sequence[str] | None, run: str, within: float, statuses: Sequence[int]
) -> tuple[list[Source], Path]:
    """Run the command and return what it wrote: its own data, put aside of the repository, or the reports named."""
    with folder_of(repo) as root, tempfile.TemporaryDirectory(prefix="coordguard-coverage-") as aside:
        before = stamps(root, report or [])
        own = {} if report else {"COVERAGE_FILE": f"{aside}/.coverage"}
        outcome = completed(run, cwd=root, seconds=within, env=own)
        if outcome.returncode not in statuses:
            raise CannotJudge(f"`{run}` {ending(outcome)}\n{tail(outcome.output)}".rstrip())
        if not report:
            written = {path.name: path for path in sorted(Path(aside).glob(".coverage*"))}
        else:
            after = stamps(root, report)
            written = {path: root / path for path in after if before.get(path) != after[path]}
        return [Source(name, path.read_bytes(), own=True) for name, path in written.items()], root


def _counted(
    repo: Repository, found: Gathered, source: Sequence[str] | None, settings: data.Settings, evidence: Evidence
) -> dict[str, FileLines]:
    """Return the files that count, and say which do not.

    Raises:
        Vacuous: there is no statement in them, and no finding that tells why.

    """
    if source:
        wanted = set(repo.select(source))
        files = {path: lines for path, lines in found.files.items() if path in wanted}
        added = whole.unmeasured(repo, source, files)
        files |= {path: whole.never_run(repo, path, settings.exclude) for path in added}
        _tell(evidence, added, "are in no report and count as never run")
    else:
        files = found.files
        _require_more_than_tests(repo, files)
        _tell(evidence, whole.neighbours(repo, files, settings.omit), "lie beside measured files and are in no report")
    _tell(evidence, found.elsewhere, "of the report are not in the repository and do not count")
    if not any(lines.total for lines in files.values()) and not found.findings:
        raise Vacuous(f"the report counts no statement{' in ' + ', '.join(source) if source else ''}")
    return files


def _require_more_than_tests(repo: Repository, files: Iterable[str]) -> None:
    """Return when the report measures code, or there is none beside the tests.

    Raises:
        Vacuous: it measures tests alone, as one whose settings name a package that is gone.

    """
    code = next((path for path in repo.files if path.endswith(".py") and not NO_CODE.search(path)), None)
    if code and files and all(TESTS.search(path) for path in files):
        raise Vacuous(f"the report measures tests alone, and nothing of {code}; name the code in `source`")


def _tell(evidence: Evidence, paths: Sequence[str], what: str) -> None:
    if paths:
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        evidence.remark(f"{len(paths)} files {what}: {', '.join(paths[:NAMED])}{more}")


def _below(files: Mapping[str, FileLines], minimum: float, evidence: Evidence) -> list[Finding]:
    whole_share = share(files.values())
    evidence.measured("coverage", whole_share.percent, at_least=minimum, unit="%")
    evidence.measured("statements and branches", whole_share.total)
    evidence.measured("covered", whole_share.covered)
    evidence.measured("files", len(files))
    evidence.measured("lines excluded", sum(len(lines.excluded or ()) for lines in files.values()))
    if whole_share.reaches(minimum) or not whole_share.total:
        return []
    return [Finding("", 0, f"{_words(files, minimum)}; most is missing in {_worst(files)}", "coverage.total")]


def _below_by_path(
    repo: Repository, files: Mapping[str, FileLines], paths: Mapping[str, float], evidence: Evidence
) -> list[Finding]:
    findings = []
    for pattern, minimum in paths.items():
        here = {path: files[path] for path in repo.select([pattern]) if path in files}
        evidence.measured(f"coverage of {pattern}", share(here.values()).percent, at_least=minimum, unit="%")
        if not share(here.values()).total:
            findings.append(Finding(str(pattern), 0, "the report counts no statement in it", "coverage.path"))
        elif not share(here.values()).reaches(minimum):
            message = f"{_words(here, minimum)}; most is missing in {_worst(here)}"
            findings.append(Finding(str(pattern), 0, message, "coverage.path"))
    return findings


def _words(files: Mapping[str, FileLines], minimum: float) -> str:
    found = share(files.values())
    return f"{found.percent:.2f} % covered ({found.covered} of {found.total}), {minimum:g} % wanted"


def _worst(files: Mapping[str, FileLines]) -> str:
    missing = {path: lines.total - lines.covered for path, lines in files.items() if lines.covered < lines.total}
    by_count = sorted(missing, key=lambda path: (-missing[path], path))
    return ", ".join(f"{path} ({missing[path]})" for path in by_count[:NAMED])


def _changed(
    repo: Repository,
    files: Mapping[str, FileLines],
    settings: data.Settings,
    change: Change,
    counts: set[str],
    evidence: Evidence,
) -> dict[str, FileLines]:
    """Return the statements on changed lines; those of a file that no report mentions did not run."""
    base = change.require_base()
    evidence.remark(f"changed lines are those since {change.since}")
    return {
        path: _only(_all_lines(repo, path, files.get(path), settings), lines)
        for path, lines in whole.changed(repo, base).items()
        if path in counts and repo.is_file(path)
    }


def _all_lines(repo: Repository, path: str, lines: FileLines | None, settings: data.Settings) -> FileLines:
    now = whole.never_run(repo, path, settings.exclude)
    if lines is None:
        return now
    unknown = now.missed - lines.statements - (lines.excluded or frozenset())
    return replace(lines, missed=lines.missed | unknown)


def _only(lines: FileLines, numbers: Iterable[int]) -> FileLines:
    kept = frozenset(numbers)
    return FileLines(run=lines.run & kept, missed=lines.missed & kept)


def _below_on_changes(changed: Mapping[str, FileLines], minimum: float, evidence: Evidence) -> list[Finding]:
    found = share(changed.values())
    evidence.measured("changed statements", found.total)
    if not found.total:
        evidence.remark("no changed line holds a statement")
        return []
    evidence.measured("coverage of changed lines", found.percent, at_least=minimum, unit="%")
    if found.reaches(minimum):
        return []
    wanted = (
        f"{found.percent:.2f} % of all changed lines covered ({found.covered} of {found.total}), {minimum:g} % wanted"
    )
    return [
        Finding(
            path, min(lines.missed), f"changed and never run: {_ranges(lines.missed)}; {wanted}", "coverage.changed"
        )
        for path, lines in changed.items()
        if lines.missed
    ]


def _ranges(numbers: Iterable[int]) -> str:
    """Return line numbers in few words: `3-5, 9`."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{start}-{end}" if end > start else str(start) for start, end in spans)


# Violations


def _present(repo: Repository, report: Sequence[str] | None, run: str | None) -> tuple[list[Source], Gathered]:
    if run is not None:
        raise CannotPlant("the report is made by the run itself")
    sources = _reports(repo, report)
    if not sources:
        raise CannotPlant("there is no report to spoil")
    return sources, gathered(repo, sources)


def _lcov(files: Mapping[str, FileLines]) -> bytes:
    """Return a report of these lines; which format a report has, its content tells."""
    records = []
    for path, lines in files.items():
        counts = [f"DA:{line},{int(line in lines.run)}" for line in sorted(lines.statements)]
        records.append("\n".join([f"SF:{path}", *counts, "end_of_record\n"]))
    return "".join(records).encode()


def _never_called(repo: Repository, path: str, times: int) -> bytes:
    """Return a source with so many times its lines of new statements, which nothing runs."""
    text = repo.read_text(path)
    count = times * text.count("\n") + 20
    body = "".join(f"    planted = {number}\n" for number in range(count))
    return f"{text.rstrip()}\n\n\ndef planted_and_never_called():\n{body}".encode()


@violation(test_coverage_reaches_the_minimum)
def _below_the_minimum(
    repo: Repository,
    report: list[str] | None = None,
    run: str | None = None,
    source: list[str] | None = None,
    minimum: float = 75,
) -> Changes:
    """Nothing that the report counts ran; for a run: most of the code is new and never called."""
    if not minimum:
        raise CannotPlant("a minimum of 0 % cannot be missed")
    if run is not None:
        times = math.ceil(100 / minimum)
        return {path: _never_called(repo, path, times) for path in _measured_by(repo, run, source)}
    sources, found = _present(repo, report, run)
    missed = {path: FileLines(missed=lines.statements) for path, lines in found.files.items()}
    return {one.name: _lcov(missed) for one in sources}


def _measured_by(repo: Repository, run: str, source: Sequence[str] | None) -> list[str]:
    folders = source or [word.partition("=")[2] for word in run.split() if word.startswith(("--cov=", "--source="))]
    paths = [path for path in repo.select(folders or ["."]) if path.endswith(".py")]
    chosen = [path for path in paths if not TESTS.search(path)]
    if not chosen:
        raise CannotPlant("no Python file is measured")
    return chosen


@violation(test_coverage_reaches_the_minimum)
def _report_older_than_the_code(repo: Repository, report: list[str] | None = None, run: str | None = None) -> Changes:
    """A measured file has one statement more than when it was measured."""
    _, found = _present(repo, report, run)
    if not found.files:
        raise CannotPlant("the report measures no file of the repository")
    path = max(found.files, key=lambda one: (found.files[one].total, one))
    return {path: b"planted = 1\n" + repo.read(path)}


@violation(test_coverage_reaches_the_minimum)
def _report_of_other_files(repo: Repository, report: list[str] | None = None, run: str | None = None) -> Changes:
    """The report is that of another repository, and a good one."""
    sources, _ = _present(repo, report, run)
    good = {f"elsewhere/of_another_{number}.py": FileLines(run=frozenset(range(1, 100))) for number in range(9)}
    return {one.name: _lcov(good) for one in sources}


@violation(test_coverage_reaches_the_minimum)
def _changed_and_never_run(
    repo: Repository,
    changed_lines: float | None = None,
    report: list[str] | None = None,
    run: str | None = None,
    source: list[str] | None = None,
) -> Changes:
    """A change adds statements that no test runs."""
    if not changed_lines:
        raise CannotPlant("the plan sets no minimum for changed lines")
    if run is not None:
        return {path: _never_called(repo, path, 20) for path in _measured_by(repo, run, source)[:1]}
    _, found = _present(repo, report, run)
    measured = [path for path in found.files if path.endswith(".py")]
    if not measured:
        raise CannotPlant("the report measures no Python file of the repository")
    return {measured[0]: _never_called(repo, measured[0], 20)}
