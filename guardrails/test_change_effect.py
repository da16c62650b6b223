"""A change that says it alters nothing but layout is proven to: no program runs otherwise than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.runtime_effect.comments import added_marks
from pytest_coordguard.facts.runtime_effect.compare import beyond
from pytest_coordguard.facts.runtime_effect.files import Judged, judged
from pytest_coordguard.facts.runtime_effect.levels import LEVELS, Comparison, DocChange, Level
from pytest_coordguard.facts.runtime_effect.users import uses
from pytest_coordguard.facts.touched import matches, names, touched

RULE = "change.runtime"
LISTED = 10  # differences of one file; more of them say nothing new
NAMED = 10  # places in a remark
DOCS = {"same": DocChange.NONE, "white-space": DocChange.WHITE_SPACE, "plain": DocChange.PLAIN, "any": DocChange.SHOWN}
OF_DOCS = {
    DocChange.WHITE_SPACE: "has a docstring with other blanks",
    DocChange.PLAIN: "has another docstring",
    DocChange.SHOWN: "has another docstring, which the program itself may read or show",
}
Allowed = Literal[
    "layout", "benign", "unused-import", "import-order", "short-lived", "import-move", "import-drop"
]  # words of `Level`


@guardrail(
    "change.no_runtime_effect",
    remedy="Take what is named out of this change and into one that says what it does; or say in the title that "
    "this one alters behaviour, and drop the criterion.",
)
def test_change_has_no_runtime_effect(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    plan: Plan,
    allow: Allowed = "import-order",
    docstrings: Literal["same", "white-space", "plain", "any"] = "white-space",
    besides: list[RepoPath] | None = None,
) -> None:
    """No Python file of the change runs otherwise than before, by its syntax tree, and no other file is touched.

    What counts as equal: layout and comments; then what does nothing (`pass`, `f""` without a field, an unused local
    of a constant); then imports of the standard library that nothing mentions; then the order of imports between
    which no statement runs that could tell (what one module does to another as it is imported is not looked into).
    All that is above is allowed by name alone, and is no longer a proof: a value that an unused local kept alive, an
    import that runs earlier or later, an import that no longer runs.

    Args:
        allow: how far the files may be apart, each word with all before it.
        docstrings: what may change in docstrings: nothing, white space, those that only a reader of the source sees,
            or any.
        besides: other files that the change may touch, as docs/ or *.md; they are not looked at.

    """
    files = touched(change, repo, plan.reports.paths)
    outside = [file for file in files if all(matches(path, besides or ()) for path in names(file))]
    facts = judged(change, repo, [file for file in files if file not in outside])
    rung = LEVELS[allow]
    evidence.measured("files of the change", len(files))
    evidence.measured("files compared", sum(each.comparison is not None for each in facts))
    _say(evidence, facts, outside)
    found = [finding for each in facts for finding in _faults(each, rung, DOCS[docstrings])]
    found += _missed(repo, facts, rung)
    evidence.measured("differences beyond what is allowed", len(found), at_most=0)
    require_none(found)


def _say(evidence: Evidence, facts: Sequence[Judged], outside: Sequence[ChangedFile]) -> None:
    levels = Counter(each.comparison.whole for each in facts if each.comparison)
    for level, count in sorted(levels.items()):
        evidence.measured(f"files that differ by {level.word}", count)
    _remark(evidence, "not looked at, as the plan allows it", [file.path for file in outside])
    marks = [f"{each.file.path}:{line} {text}" for each in facts for line, text in added_marks(each.before, each.after)]
    _remark(evidence, "comments that silence a tool are new", marks)


def _remark(evidence: Evidence, what: str, places: Sequence[str]) -> None:
    if places:
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        evidence.remark(f"{what}: {'; '.join(places[:NAMED])}{more}")


def _faults(each: Judged, rung: Level, docs: DocChange) -> list[Finding]:
    path, facts = each.file.path, each.comparison
    if facts is None:
        return [Finding(path, 0, each.why, f"{RULE}.file")]
    if facts.level is Level.UNPROVABLE:
        line = facts.trouble_line if facts.trouble.startswith("does not compile now") else 0
        return [Finding(path, line, f"{facts.trouble}; so nothing is proven of it", f"{RULE}.unprovable")]
    return [*_beyond(each, facts, rung), *_of_docs(path, facts, docs)]


def _beyond(each: Judged, facts: Comparison, rung: Level) -> list[Finding]:
    if facts.level <= rung:
        return []
    path, rule = each.file.path, f"{RULE}.{facts.level.word}"
    places = beyond(each.before, each.after, path, rung, facts.local)
    found = [Finding(path, place.line, f"{place.message} ({facts.level.word})", rule) for place in places[:LISTED]]
    if len(places) > LISTED:
        found.append(Finding(path, 0, f"{len(places) - LISTED} more differences", rule))
    return found or [Finding(path, 0, f"differs by {facts.level.word}", rule)]


def _of_docs(path: str, facts: Comparison, docs: DocChange) -> list[Finding]:
    rule = f"{RULE}.docstring"
    return [Finding(path, line, OF_DOCS[change], rule) for line, change in facts.doc_lines if change > docs]


def _missed(repo: Repository, facts: Iterable[Judged], rung: Level) -> list[Finding]:
    """Return the places elsewhere that take a name from a module which no longer imports it."""
    compared = [each for each in facts if each.comparison and each.comparison.level <= rung]
    dropped = {
        each.file.path: frozenset(name for name, _ in each.comparison.dropped) for each in compared if each.comparison
    }
    return [
        Finding(
            use.path, use.line, f"takes {use.name!r} from {use.module!r}, which no longer imports it", f"{RULE}.user"
        )
        for use in uses(repo, dropped)
    ]


def _python(repo: Repository, besides: Sequence[str] | None) -> str:
    """Return a Python file that may be altered for a proof; the first with a statement in it.

    Raises:
        CannotPlant: there is none.

    """
    for path in repo.files:
        if path.endswith(".py") and not matches(path, besides or ()) and repo.is_file(path):
            return path
    raise CannotPlant("no Python file to alter")


def _appended(repo: Repository, besides: Sequence[str] | None, text: str) -> Changes:
    path = _python(repo, besides)
    return {path: repo.read(path).rstrip() + b"\n\n" + text.encode()}


@violation(test_change_has_no_runtime_effect)
def _a_statement_more(repo: Repository, besides: list[RepoPath] | None = None) -> Changes:
    return _appended(repo, besides, "planted = print\n")


@violation(test_change_has_no_runtime_effect)
def _an_import_after_a_statement(repo: Repository, besides: list[RepoPath] | None = None) -> Changes:
    """The new import is mentioned, so that it is not one of those that nothing needs."""
    return _appended(repo, besides, "import planted_module\nplanted_module.run()\n")


@violation(test_change_has_no_runtime_effect)
def _a_file_that_does_not_compile(repo: Repository, besides: list[RepoPath] | None = None) -> Changes:
    return _appended(repo, besides, "return = 1\n")


@violation(test_change_has_no_runtime_effect)
def _a_file_gone(repo: Repository, besides: list[RepoPath] | None = None) -> Changes:
    return {_python(repo, besides): None}


@violation(test_change_has_no_runtime_effect)
def _a_new_file(besides: list[RepoPath] | None = None) -> Changes:
    if matches("planted_change.py", besides or ()):
        raise CannotPlant("the plan allows any new file")
    return {"planted_change.py": b"print('planted')\n"}
