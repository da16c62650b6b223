"""What a change may touch, and that it touches something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts import git
from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.line_counts import Lines, line_counts
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.touched import matches, names, now, touched

RULE = "change.bounded"
NAMED = 10  # files by name in a message; the rest is a number


@guardrail(
    "change.bounded",
    remedy="Split the change: one part for each purpose, each within the bounds; take out the files that do not "
    "belong to it.",
)
def test_change_is_bounded(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    plan: Plan,
    files: int | None = None,
    lines: int | None = None,
    added: int | None = None,
    removed: int | None = None,
    only: list[RepoPath] | None = None,
    never: list[RepoPath] | None = None,
    count: Literal["all", "text"] = "all",
) -> None:
    """A change touches no more files and lines than it may, and none of another kind.

    The reports of this tool count for nothing. A renamed file is one file, and counts with both of its names for
    `only` and `never`. Lines are counted as git counts them.

    Args:
        files: how many it may touch, new, gone and renamed ones among them.
        lines: how many lines it may add and remove together.
        added: how many it may add.
        removed: how many it may remove.
        only: files, folders or globs; it may touch no others.
        never: files, folders or globs that it may not touch.
        count: with `text`, binary files and files that were only renamed count neither as files nor as lines.

    """
    if all(bound is None for bound in (files, lines, added, removed, only, never)):
        raise Vacuous("no bound is given: files, lines, added, removed, only or never")
    all_files = touched(change, repo, plan.reports.paths)
    counts = dict(zip(all_files, line_counts([_pair(change, repo, each) for each in all_files]), strict=True))
    counted = [each for each in all_files if count == "all" or _is_text(counts[each])]
    bounds: dict[str, tuple[int, int | None]] = {
        "files": (len(counted), files),
        "lines": (sum(counts[each].added + counts[each].removed for each in counted), lines),
        "lines added": (sum(counts[each].added for each in counted), added),
        "lines removed": (sum(counts[each].removed for each in counted), removed),
    }
    for name, (value, bound) in bounds.items():
        evidence.measured(name, value, at_most=bound)
    largest = sorted(counted, key=lambda each: (-counts[each].added - counts[each].removed, each.path))
    found = [
        Finding("", 0, f"the change has {value} {name}, {bound} allowed: {_listed(largest, counts)}", f"{RULE}.size")
        for name, (value, bound) in bounds.items()
        if bound is not None and value > bound
    ]
    require_none(found + [one for each in all_files for one in _of_kind(each, only, never)])


def _pair(change: Change, repo: Repository, file: ChangedFile) -> tuple[bytes, bytes]:
    before = change.content_before(file.before) if file.before else None
    return before or b"", now(repo, file)


def _is_text(lines: Lines) -> bool:
    return lines.text and bool(lines.added or lines.removed)


def _listed(files: Sequence[ChangedFile], counts: dict[ChangedFile, Lines]) -> str:
    shown = [f"{each.path} (+{counts[each].added} -{counts[each].removed})" for each in files[:NAMED]]
    return ", ".join(shown) + (f" and {len(files) - NAMED} more" if len(files) > NAMED else "")


def _of_kind(file: ChangedFile, only: Sequence[str] | None, never: Sequence[str] | None) -> Iterable[Finding]:
    for path in names(file):
        was = "" if path == file.path else f"was {path}, which "
        if never and matches(path, never):
            entry = next(entry for entry in never if matches(path, [entry]))
            it = " it" if not was else ""
            message = f"{was}the plan forbids this change to touch{it} ({entry!r})"
            yield Finding(file.path, 0, message, f"{RULE}.never")
        elif only is not None and not matches(path, only):
            allowed = ", ".join(map(repr, only)) or "no file at all"
            yield Finding(file.path, 0, f"{was}is none of what this change may touch: {allowed}", f"{RULE}.only")


@violation(test_change_is_bounded)
def _too_many_files(files: int | None = None) -> Changes:
    if files is None:
        raise CannotPlant("the plan does not bound the files")
    return {f"planted_change/{number}.txt": b"planted\n" for number in range(files + 1)}


@violation(test_change_is_bounded)
def _too_many_lines(lines: int | None = None, added: int | None = None) -> Changes:
    bound = min((bound for bound in (lines, added) if bound is not None), default=None)
    if bound is None:
        raise CannotPlant("the plan bounds neither the lines nor those that are added")
    return {"planted_change.txt": b"planted\n" * (bound + 1)}


@violation(test_change_is_bounded)
def _too_many_lines_gone(repo: Repository, change: Change, removed: int | None = None) -> Changes:
    """Files of the repository are emptied until more lines are gone than may be."""
    if removed is None:
        raise CannotPlant("the plan does not bound the lines that are removed")
    emptied: dict[str, bytes | None] = {}
    left = removed + 1
    for path in repo.files:
        before = change.content_before(path) if left > 0 and repo.is_file(path) else None
        if before and b"\0" not in before:
            emptied[path], left = b"", left - before.count(b"\n")
    if left > 0:
        raise CannotPlant(f"the repository has no {removed + 1} lines to remove")
    return emptied


@violation(test_change_is_bounded)
def _a_file_of_another_kind(only: list[RepoPath] | None = None) -> Changes:
    if only is None or matches("planted.change", only):
        raise CannotPlant("the plan does not say which files alone it may touch")
    return {"planted.change": b"planted\n"}


@violation(test_change_is_bounded)
def _a_forbidden_file(repo: Repository, never: list[RepoPath] | None = None) -> Changes:
    path = next((path for path in repo.select(never or ()) if repo.is_file(path)), None)
    if path is None:
        raise CannotPlant("none of the files is there that the change may never touch")
    return {path: repo.read(path) + b"\nplanted\n"}


@guardrail(
    "change.not_empty",
    remedy="Look whether the work was lost on the way: merged with `-s ours`, reverted, or never committed.",
)
def test_change_is_not_empty(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    plan: Plan,
    white_space: bool = False,
    besides: list[RepoPath] | None = None,
) -> None:
    """A change delivers something: its files differ from its base's, and not only in this tool's own reports.

    Args:
        white_space: whether white space alone is something.
        besides: files that are nothing by themselves, as logs/ or *.lock; the reports of this tool never are.

    """
    base = change.require_base()
    if git.head(change.root) == base and not repo.changes and not change.files(repo):
        raise Vacuous(f"there is no change: {base[:9]}, the base, is checked out, and nothing is altered")
    files = change.files(repo)
    real = [
        each
        for each in files
        if not all(matches(path, [*plan.reports.paths, *(besides or ())]) for path in names(each))
    ]
    told = [each for each in real if white_space or _says_something(change, repo, each)]
    evidence.measured("files of the change", len(files))
    evidence.measured("files that deliver something", len(told), at_least=1)
    require_none([] if told else [Finding("", 0, _nothing(base, files, real), "change.empty")])


def _says_something(change: Change, repo: Repository, file: ChangedFile) -> bool:
    """Tell whether more than white space differs; a new name, a new file and one that is gone are more."""
    if file.deleted or file.before != file.path:
        return True
    before, after = _pair(change, repo, file)
    return _lines(before) != _lines(after)


def _lines(data: bytes) -> list[bytes]:
    """Return the lines without their ends and without blank ones; indentation has a meaning in many languages."""
    return [line.rstrip() for line in data.splitlines() if line.strip()]


def _nothing(base: str, files: Sequence[ChangedFile], real: Sequence[ChangedFile]) -> str:
    if not files:
        return f"the change delivers nothing: every file is as {base[:9]}, its base, has it"
    listed = ", ".join(each.path for each in (real or files)[:NAMED])
    what = "white space" if real else "reports, or what the plan calls nothing"
    return f"the change delivers nothing but {what}: {listed}"


@violation(test_change_is_not_empty)
def _everything_as_in_the_base(repo: Repository, change: Change) -> Changes:
    """As a merge with `-s ours` leaves it."""
    return _undone(repo, change)


@violation(test_change_is_not_empty)
def _reports_alone(repo: Repository, change: Change, plan: Plan) -> Changes:
    return {**_undone(repo, change), plan.reports.dashboard: b"planted\n"}


@violation(test_change_is_not_empty)
def _white_space_alone(repo: Repository, change: Change, white_space: bool = False) -> Changes:
    undone = _undone(repo, change)
    texts = (path for path in repo.files if path not in undone and repo.is_file(path))
    path = next((path for path in texts if repo.read(path) == change.content_before(path)), None)
    if white_space or path is None:
        raise CannotPlant("white space is something here, or no file is as it was")
    return {**undone, path: repo.read(path) + b"\n\n"}


def _undone(repo: Repository, change: Change) -> dict[str, bytes | None]:
    undone: dict[str, bytes | None] = {}
    for each in change.files(repo):
        undone[each.path] = change.content_before(each.path) if each.before == each.path else None
        if each.before not in (None, each.path):
            undone[str(each.before)] = change.content_before(str(each.before))
    return undone
