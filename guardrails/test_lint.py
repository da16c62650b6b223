"""Named rules of Ruff, at nothing in named files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile, RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts import ruff
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.linted import linted
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.ruff import NO_TEXT, Look, Settings
from pytest_coordguard.facts.touched import matches, touched

RULE = "lint.clean"
PYTHON = (".py", ".pyi", ".pyw")
NAMED = 10  # places in a remark
# What breaks a rule when it stands at the end of a file.
FAULTS = {
    "E402": "planted = 1\nimport planted_module\n",
    "F401": "import planted_module\n",
    "F811": "import planted_module\nimport planted_module\n\n\ndef planted_module(): ...\n",
    "F821": "planted = planted_name_of_nothing\n",
    "F841": "\n\ndef planted():\n    unused = 1\n",
    "F541": 'planted = f"no field"\n',
    "I001": "import sys\nimport os\n",
    "E711": "planted = print == None\n",
    "E712": "planted = print == True\n",
    "E722": "try:\n    planted = 1\nexcept:\n    planted = 2\n",
    "E701": "if True: planted = 1\n",
    "E501": f"planted = '{'long ' * 100}'\n",
    "W291": "planted = 1  \n",
    "W292": "planted = 1",
    "W293": "if True:\n    planted = 1\n    \n    planted = 2\n",
    "B006": "\n\ndef planted(names=[]):\n    return names\n",
    "S101": "assert True\n",
    "T201": "print(1)\n",
    "UP006": "import typing\n\nplanted: typing.List[int] = []\n",
}


@guardrail(
    "lint.clean",
    remedy="Run `ruff check --select …` with the rules of the plan on the file named, and mend what it says; "
    "`--fix` does the safe ones.",
)
def test_lint_is_clean(
    repo: Repository,
    evidence: Evidence,
    change: Change,
    plan: Plan,
    rules: list[str],
    files: list[RepoPath] | None = None,
    listed_in: RepoFile | None = None,
    changed: bool = False,
    exclude: list[RepoPath] | None = None,
    config: Literal["isolated", "repository"] = "isolated",
    ignore_noqa: bool = False,
    python: str = "",
) -> None:
    """Ruff finds nothing against the named rules in the named files, and could look at all of them.

    A file that Ruff cannot read or parse is a fault: none of the rules was looked at there. The files are those of
    `files`, `listed_in` and `changed` together.

    Args:
        rules: codes or prefixes, as E402, W29 or F.
        files: files, folders or globs; the Python files among them.
        listed_in: a text file with a path in each line; `#` begins a comment. A path that leads nowhere is a fault.
        changed: the Python files that the change touches.
        exclude: files, folders or globs to leave out.
        config: whether the repository's own configuration of Ruff counts, with its exceptions for single files.
        ignore_noqa: whether `# noqa` silences nothing.
        python: the oldest Python that the files are for, as py39.

    """
    if faults := ruff.unknown(rules):
        raise CannotJudge("rules: " + "; ".join(faults))
    if not (rules and (files or listed_in or changed)):
        raise Vacuous("rules: none is named" if not rules else "no file is named: files, listed_in or changed")
    evidence.tool("ruff", ruff.version())
    named, absent = _named(repo, files, listed_in)
    paths = _looked_at([*named, *(_touched(change, repo, plan) if changed else [])], exclude)
    if not paths and absent and not listed_in:
        raise Vacuous(f"no Python file is named: {', '.join(each.path for each in absent)}")
    if not paths and not absent:
        _require_none_to_be_changed(changed, files, listed_in, evidence)
        return
    settings = Settings(tuple(rules), config == "isolated", ignore_noqa=True, python=python)
    loud, silenced = _looks(repo, paths, settings, ignore_noqa)
    _say(evidence, rules, paths, loud, silenced)
    require_none([*absent, *_faults(repo, paths, loud)])


def _named(repo: Repository, files: Sequence[str] | None, listed_in: str | None) -> tuple[list[str], list[Finding]]:
    """Return the Python files that the plan and its list name, and a finding for each name that leads to none."""
    named, absent = [], []
    for pattern in files or ():
        found = [path for path in repo.select([pattern]) if path.endswith(PYTHON) or path == pattern]
        named += found
        if not found:
            absent.append(Finding(pattern, 0, "no Python file here, so nothing is looked at", f"{RULE}.absent"))
    if listed_in:
        lines = repo.read_text(listed_in).splitlines()
        for number, path in enumerate((line.partition("#")[0].strip() for line in lines), 1):
            if path and not repo.is_file(path):
                absent.append(Finding(listed_in, number, f"lists {path!r}, which is no file", f"{RULE}.absent"))
            elif path:
                named.append(path)
    return named, absent


def _touched(change: Change, repo: Repository, plan: Plan) -> list[str]:
    return [
        each.path
        for each in touched(change, repo, plan.reports.paths)
        if each.path.endswith(PYTHON) and not each.deleted
    ]


def _looked_at(paths: Iterable[str], exclude: Sequence[str] | None) -> list[str]:
    return sorted({path for path in paths if not matches(path, exclude or ())})


def _require_none_to_be_changed(
    changed: bool, files: Sequence[str] | None, listed_in: str | None, evidence: Evidence
) -> None:
    """Return when the change alone names the files, and touches no Python file.

    Raises:
        Vacuous: a file list or patterns name nothing.

    """
    if not changed or files or listed_in:
        raise Vacuous(f"no Python file is named by {listed_in or ', '.join(files or ())}")
    evidence.measured("files", 0)
    evidence.remark("the change touches no Python file")


def _looks(repo: Repository, paths: Sequence[str], settings: Settings, ignore_noqa: bool) -> tuple[Look, int]:
    """Return what counts of what Ruff says, and how many remarks `# noqa` silences."""
    every = linted(repo, paths, settings)
    if ignore_noqa or not every.remarks:
        return every, 0
    loud = linted(repo, paths, Settings(settings.rules, settings.isolated, python=settings.python))
    return loud, len(every.remarks) - len(loud.remarks)


def _say(evidence: Evidence, rules: Sequence[str], paths: Sequence[str], look: Look, silenced: int) -> None:
    evidence.measured("files", len(paths))
    counts = Counter(each.code for each in look.remarks)
    for code in sorted({*counts, *(rule for rule in rules if rule != "ALL" and not _covered(rule, counts))}):
        evidence.measured(code, counts[code], at_most=0)
    evidence.measured("files that Ruff could not look at", len(look.unparsed) + len(look.unread), at_most=0)
    if silenced:
        evidence.measured("silenced by # noqa", silenced)


def _covered(rule: str, counts: Counter[str]) -> bool:
    return any(code.startswith(rule) for code in counts)


def _faults(repo: Repository, paths: Sequence[str], look: Look) -> list[Finding]:
    found = [
        Finding(each.path, each.line, f"{each.code} {each.message}", f"{RULE}.{each.code}") for each in look.remarks
    ]
    first = {each.path: each for each in reversed(look.unparsed)}
    found += [
        Finding(
            path, each.line, f"is no Python to Ruff ({each.message}), so that no rule is sure there", f"{RULE}.syntax"
        )
        for path, each in first.items()
    ]
    unread = {**look.unread, **{path: why for path in paths if (why := _undecodable(repo, path))}}
    found += [
        Finding(path, 0, f"cannot be read by Ruff ({why}), so that no rule was looked at", f"{RULE}.unread")
        for path, why in unread.items()
    ]
    return found


def _undecodable(repo: Repository, path: str) -> str:
    """Return why Ruff cannot read a file, whatever it says itself."""
    try:
        repo.read(path).decode("utf-8")
    except UnicodeDecodeError:
        return NO_TEXT
    except FileNotFoundError:
        return "a link that leads nowhere"
    return ""


def _file(repo: Repository, files: Sequence[str] | None, listed_in: str | None, exclude: Sequence[str] | None) -> str:
    """Return a file that is looked at, and does not silence all of itself.

    Raises:
        CannotPlant: there is none.

    """
    named, _ = _named(repo, files, listed_in)
    for path in _looked_at(named, exclude):
        text = repo.read(path)
        if b"flake8: noqa" not in text and b"ruff: noqa" not in text and b"isort: skip_file" not in text:
            return path
    raise CannotPlant("no file is named that does not silence itself")


def _place(
    repo: Repository,
    files: Sequence[str] | None,
    listed_in: str | None,
    changed: bool,
    exclude: Sequence[str] | None,
) -> str:
    """Return a file to alter: a new one serves where those of the change are looked at."""
    if changed and not matches("planted_lint.py", exclude or ()):
        return "planted_lint.py"
    return _file(repo, files, listed_in, exclude)


@violation(test_lint_is_clean)
def _a_rule_broken(
    repo: Repository,
    rules: list[str],
    files: list[RepoPath] | None = None,
    listed_in: RepoFile | None = None,
    changed: bool = False,
    exclude: list[RepoPath] | None = None,
) -> Changes:
    """A line against the first of the rules for which one is known."""
    code = next((code for rule in rules for code in FAULTS if code.startswith(rule)), None)
    if code is None:
        raise CannotPlant(f"no line is known that is against {', '.join(rules)}")
    path = _place(repo, files, listed_in, changed, exclude)
    return {path: (repo.read(path).rstrip() + b"\n\n" if repo.is_file(path) else b"") + FAULTS[code].encode()}


@violation(test_lint_is_clean)
def _a_file_that_does_not_parse(
    repo: Repository,
    files: list[RepoPath] | None = None,
    listed_in: RepoFile | None = None,
    changed: bool = False,
    exclude: list[RepoPath] | None = None,
) -> Changes:
    return {_place(repo, files, listed_in, changed, exclude): b"import os\nplanted = = 1\n"}


@violation(test_lint_is_clean)
def _a_file_that_is_no_utf_8(
    repo: Repository,
    files: list[RepoPath] | None = None,
    listed_in: RepoFile | None = None,
    changed: bool = False,
    exclude: list[RepoPath] | None = None,
) -> Changes:
    """Ruff answers "All checks passed!" of it, with exit status 0."""
    return {_place(repo, files, listed_in, changed, exclude): b"# caf\xe9\nimport os\n"}


@violation(test_lint_is_clean)
def _a_listed_file_gone(repo: Repository, listed_in: RepoFile | None = None) -> Changes:
    if listed_in is None:
        raise CannotPlant("the plan names no list of files")
    return {listed_in: repo.read(listed_in).rstrip() + b"\nplanted/gone.py\n"}
