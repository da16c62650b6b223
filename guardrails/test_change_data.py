"""The data files that a change touches can be read by those that read them."""

from __future__ import annotations

from collections import Counter

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.data_files.kinds import is_pointer, is_template, kind_of
from pytest_coordguard.facts.data_files.troubles import troubles
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.touched import matches, now, touched

LISTED = 20  # troubles of one file


@guardrail(
    "change.data_parses",
    remedy="Correct the line that is named; a file that is no data, or is read by a tool with a grammar of its own, "
    "goes into `exclude`.",
)
def test_change_data_parses(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    plan: Plan,
    exclude: list[RepoPath] | None = None,
    comments: list[RepoPath] | None = None,
) -> None:
    """Each JSON, YAML, TOML and GitHub workflow file that a change touches parses, and has no key twice.

    A YAML file may hold several documents and any tag. A workflow must have `on` and `jobs`, and each job what it
    runs on or uses. Templates that a program fills in, and files that git LFS keeps elsewhere, are left out, and said.

    Args:
        exclude: files, folders or globs to leave out.
        comments: JSON files that may hold comments, beside those whose readers are known to take them, as
            tsconfig.json.

    """
    found: list[Finding] = []
    looked: Counter[str] = Counter()
    for file in touched(change, repo, plan.reports.paths):
        kind = kind_of(file.path)
        if file.deleted or not kind or matches(file.path, exclude or ()):
            continue
        data = now(repo, file)
        if why := _left_out(repo, file.path, data):
            evidence.remark(f"{file.path}: {why}")
            continue
        if kind == "json" and matches(file.path, comments or ()):
            kind = "jsonc"
        looked[kind] += 1
        told = troubles(kind, data)
        found += [Finding(file.path, line, message, f"change.data.{kind}") for line, message in told[:LISTED]]
    for kind, count in sorted(looked.items()):
        evidence.measured(f"{kind} files", count)
    if not looked:
        evidence.remark("the change touches no data file that is to be read")
    evidence.measured("troubles", len(found), at_most=0)
    require_none(found)


def _left_out(repo: Repository, path: str, data: bytes) -> str:
    if repo.link(path) is not None:
        return "is a link, whose aim is looked at where it is changed"
    if is_pointer(data):
        return "git LFS keeps its content elsewhere"
    return "is a template, which becomes data when it is filled in" if is_template(repo, path, data) else ""


def _place(name: str, exclude: list[RepoPath] | None) -> str:
    if matches(name, exclude or ()):
        raise CannotPlant(f"the plan leaves {name} out")
    return name


@violation(test_change_data_parses)
def _broken_json(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place("planted_data.json", exclude): b'{"a": 1,}\n'}


@violation(test_change_data_parses)
def _key_twice_in_json(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place("planted_data.json", exclude): b'{"a": 1, "b": {"c": 1, "c": 2}}\n'}


@violation(test_change_data_parses)
def _broken_yaml(exclude: list[RepoPath] | None = None) -> Changes:
    """The second document is the broken one."""
    return {_place("planted_data.yaml", exclude): b"a: 1\n---\nb: [1, 2\nc: 3\n"}


@violation(test_change_data_parses)
def _key_twice_in_yaml(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place("planted_data.yaml", exclude): b"a: !custom\n  b: 1\n  b: 2\n"}


@violation(test_change_data_parses)
def _broken_toml(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place("planted_data.toml", exclude): b"[a]\nb = 1\nb = 2\n"}


@violation(test_change_data_parses)
def _workflow_without_jobs(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place(".github/workflows/planted.yml", exclude): b"on: push\njob: {}\n"}


@violation(test_change_data_parses)
def _unresolved_conflict(exclude: list[RepoPath] | None = None) -> Changes:
    return {_place("planted_data.yaml", exclude): b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"}
