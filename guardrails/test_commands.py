"""Commands of the repository: they run to their end, succeed, and make what they should."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Unmet, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath, Seconds
from pytest_coordguard.facts.command import (
    MAKEFILES,
    CannotRun,
    Excuse,
    Stamps,
    completed,
    ending,
    excuses,
    read,
    stamps,
    tail,
)
from pytest_coordguard.facts.process import Outcome
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import folder_of

RUIN = b"\x01 }{ this repository is ruined: nothing in it can be built, read or run `(\n"


@guardrail(
    "command.succeeds", remedy="Run the command yourself in the repository's root, and fix the first error it prints."
)
def test_command_succeeds(
    repo: Repository,
    evidence: Evidence,
    run: str,
    within: Seconds = Seconds(600),
    cwd: RepoPath = RepoPath("."),
    produces: list[RepoPath] | None = None,
    env: dict[str, str] | None = None,
    expect: str | None = None,
    exit: int = 0,  # noqa: A002  the word of the plan
    shell: bool = False,
) -> None:
    """A command of the repository runs to its end in time, ends as it should, and makes the files that it should.

    Args:
        run: the command, split as a shell splits it; `NAME=value` may stand before it.
        within: its time limit.
        cwd: the folder that it runs in.
        produces: files that must be there afterwards, new or made again by this run.
        env: variables to set for it.
        expect: a regular expression that its output must contain.
        exit: the exit status that it must end with.
        shell: let `/bin/sh` read `run`.

    """
    if not run:
        raise CannotJudge("run: the command is missing")
    wanted = _expression(expect)
    for excuse in _excuses(repo, run):
        evidence.remark(_words(excuse))
    with folder_of(repo) as root:
        before = {pattern: stamps(root, [pattern]) for pattern in produces or []}
        outcome = _outcome(repo, run, lambda: completed(run, cwd=root / cwd, seconds=within, shell=shell, env=env), cwd)
        after = {pattern: stamps(root, [pattern]) for pattern in produces or []}
    evidence.measured("exit status", outcome.returncode, at_least=exit, at_most=exit)
    evidence.measured("duration", round(outcome.seconds, 1), at_most=float(within), unit="s")
    for made in after.values():
        evidence.artefacts.update({path: sha256 for path, (_, _, sha256) in made.items()})
    findings = [*_ended(run, outcome, exit), *_said(run, outcome, wanted)]
    require_none(findings + [one for name in after for one in _made(run, name, before[name], after[name])])


def _outcome(repo: Repository, run: str, start: Callable[[], Outcome], cwd: str) -> Outcome:
    """Run it; a program of the repository itself that cannot be run is the repository's fault.

    Raises:
        Unmet: it is such a program.
        CannotRun: it is another.

    """
    try:
        return start()
    except CannotRun as error:
        program = posixpath.normpath(posixpath.join(cwd, _program(run)))
        if program in repo.files:
            raise Unmet([Finding(program, 0, str(error), "command.unrunnable")]) from error
        raise


def _program(run: str) -> str:
    return read(run).argv[0]


def _expression(expect: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(expect, re.MULTILINE) if expect is not None else None
    except re.error as error:
        raise CannotJudge(f"expect: {expect!r} is no regular expression ({error})") from error


def _excuses(repo: Repository, run: str) -> list[Excuse]:
    name = next((name for name in MAKEFILES if repo.is_file(name)), None)
    return excuses(run, repo.read_text(name), name) if name else excuses(run)


def _words(excuse: Excuse) -> str:
    place = f"{excuse.path}:{excuse.line}: " if excuse.path else ""
    return f"{place}a failure is swallowed in `{excuse.text}`"


def _ended(run: str, outcome: Outcome, wanted: int) -> list[Finding]:
    if outcome.returncode == wanted:
        return []
    meant = f", {wanted} wanted" if wanted else ""
    message = f"`{run}` {ending(outcome)}{meant}\n{tail(outcome.output)}".rstrip()
    return [Finding("", 0, message, "command.exit")]


def _said(run: str, outcome: Outcome, wanted: re.Pattern[str] | None) -> list[Finding]:
    if wanted is None or wanted.search(outcome.output):
        return []
    message = f"`{run}` did not print {wanted.pattern!r}; its last lines:\n{tail(outcome.output)}".rstrip()
    return [Finding("", 0, message, "command.output")]


def _made(run: str, pattern: str, before: Stamps, after: Stamps) -> list[Finding]:
    if not after:
        return [Finding(str(pattern), 0, f"`{run}` did not make it", "command.product")]
    if before == after:
        return [Finding(str(pattern), 0, f"it is from before: `{run}` left it as it was", "command.product")]
    return []


@violation(test_command_succeeds)
def _ruined_repository(repo: Repository, run: str, shell: bool = False, cwd: str = ".") -> Changes:
    """A command that still succeeds where every file is a line of garbage looks at nothing, or swallows failures."""
    program = posixpath.normpath(posixpath.join(cwd, _program(run))) if not shell and "/" in _program(run) else ""
    if program and not program.startswith("/") and program not in repo.files:
        raise CannotPlant(f"{program} is no file of the repository, so a scratch copy lacks it")
    return dict.fromkeys(repo.files, RUIN)
