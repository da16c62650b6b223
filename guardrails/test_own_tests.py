"""The repository's own tests, run in a process of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath, Seconds
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.testimony import Ruling, Testimony, Unread, ruling
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.runner import Request, testify
from pytest_coordguard.facts.scratch import folder_of

NAME = "selected"  # the claim under which the witness keeps the selection
PLANTED = b"\n\ndef test_planted_by_coordguard():\n    assert not 'planted'\n"


@guardrail("tests.pass", remedy="Mend the tests named, or the code that they test; then run the selection again.")
def test_selection_passes(
    repo: Repository,
    plan: Plan,
    evidence: Evidence,
    select: list[RepoPath],
    at_least: int = 1,
    mark: str = "",
    args: list[str] | None = None,
    within: Seconds = Seconds(1800),
) -> None:
    """The selected tests of the repository pass, and there are enough of them.

    Skipped tests and expected failures do not count towards `at_least`; a test that failed, broke, was tampered with,
    or never ended closes the criterion, and so does a file that cannot be collected.

    Args:
        select: files, folders, or node ids.
        at_least: so many tests must have run and passed.
        mark: a mark expression, as for `pytest -m`; without one the repository's own settings narrow the selection.
        args: more arguments for the repository's pytest.
        within: the time limit of the whole selection.

    """
    absent = [name for name in select if not _is_there(repo, name.partition("::")[0])]
    if absent:
        raise Vacuous(f"no such file or folder: {', '.join(absent)}")
    testimony = _run(repo, plan, select, mark, args or [], within)
    chosen = [row for row in testimony.rows.values() if row.id not in testimony.deselected]
    rulings = [ruling(row, testimony, Unread()) for row in chosen]
    passed = [each for each in rulings if each.verdict is Verdict.MET]
    skipped = [each for each in rulings if _is_skip(each)]
    evidence.measured("tests passed", len(passed), at_least=at_least)
    evidence.measured("tests skipped", len(skipped))
    evidence.measured("tests expected to fail", sum(map(_is_expected, rulings)))
    evidence.measured("tests collected", len(testimony.rows))
    evidence.measured("tests deselected", len(testimony.deselected))
    for tool, version in testimony.versions.items():
        evidence.tool(tool, version)
    if testimony.trouble:
        raise CannotJudge(testimony.trouble)
    require_none([*_failed(rulings), *_uncollected(testimony), *_too_few(passed, skipped, select, at_least)])


def _run(
    repo: Repository, plan: Plan, select: list[RepoPath], mark: str, args: list[str], within: Seconds
) -> Testimony:
    runner = replace(plan.runner, timeout_seconds=float(within))
    with folder_of(repo) as folder:
        request = Request(
            root=folder,
            gate="",
            criteria=(NAME,),
            select=(NAME,),
            claims={NAME: [*map(str, select)]},
            folders=(),
            args=tuple(args),
            mark=mark or None,
            home=repo.root,
        )
        return testify(request, runner)


def _is_there(repo: Repository, path: str) -> bool:
    return repo.is_file(path) or repo.is_folder(path)


def _is_skip(ruled: Ruling) -> bool:
    return ruled.verdict is Verdict.NOT_RUN and ruled.message.startswith("skipped")


def _is_expected(ruled: Ruling) -> bool:
    """Tell an xfail mark's outcome: of a whole suite it is the author's note, of a criterion's own test it is unmet."""
    return ruled.verdict is Verdict.UNMET and ruled.message.startswith("expected to fail")


def _failed(rulings: list[Ruling]) -> list[Finding]:
    rest = [each for each in rulings if not _is_skip(each) and not _is_expected(each)]
    return [each.finding for each in rest if each.verdict is not Verdict.MET or each.flaky]


def _uncollected(testimony: Testimony) -> list[Finding]:
    found = [Finding(path, 0, how, "uncollected") for path, how in testimony.fatal.items()]
    for node, event in testimony.uncollected.items():
        if event["outcome"] == "failed":
            last = str(event["text"]).strip().splitlines() or [""]
            found.append(Finding(node.partition("::")[0], 0, f"cannot be collected: {last[-1]}", "uncollected"))
    return found


def _too_few(passed: list[Ruling], skipped: list[Ruling], select: list[RepoPath], at_least: int) -> list[Finding]:
    if len(passed) >= max(1, at_least):
        return []
    where = ", ".join(select)
    skips = f", {len(skipped)} were skipped" if skipped else ""
    return [Finding("", 0, f"{len(passed)} tests of {where} passed{skips}; meant: at least {at_least}", "too-few")]


@violation(of=test_selection_passes)
def a_failing_test(repo: Repository, select: list[RepoPath]) -> Changes:
    """Plant a test that fails beside the others."""
    path = _first(repo, select)
    return {path: repo.read(path) + PLANTED}


@violation(of=test_selection_passes)
def no_tests_left(repo: Repository, select: list[RepoPath]) -> Changes:
    """Empty every test file of the selection."""
    files = _test_files(repo, select)
    if not files:
        raise CannotPlant("the selection has no test file")
    return dict.fromkeys(files, b"")


def _test_files(repo: Repository, select: list[RepoPath]) -> list[str]:
    paths = [path.partition("::")[0] for path in select]
    return [path for path in repo.select(paths) if path.endswith(".py") and _is_test(path)]


def _is_test(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.startswith(("test_", "check_")) or name.endswith("_test.py")


def _first(repo: Repository, select: list[RepoPath]) -> str:
    if any("::" in path for path in select):
        raise CannotPlant("the selection names single tests, so a new one would not be in it")
    files = _test_files(repo, select)
    if not files:
        raise CannotPlant("the selection has no test file")
    return files[0]
