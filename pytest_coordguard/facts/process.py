"""Runs a command of the repository: time limit, scrubbed environment, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge

SECRETIVE = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE|ACTIONS_RUNTIME|ACTIONS_ID_TOKEN", re.IGNORECASE
)
EXECUTE = "COORDGUARD_EXECUTE"  # a variable: "never" keeps the judge from running anything of the repository
LAST_WORDS = 1.0  # seconds for what is still in the pipe of a command that was ended
OURS = ("COORDGUARD_", "PYTEST_", "PYTHONPATH", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    argv: tuple[str, ...]
    returncode: int  # negative: ended by that signal, as subprocess counts
    output: str  # standard output and error as they came, the last part when it is long
    seconds: float
    timed_out: bool


def scrubbed(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what looks like a credential and without our own settings."""
    kept = {
        name: value for name, value in os.environ.items() if not SECRETIVE.search(name) and not name.startswith(OURS)
    }
    return {**kept, **(extra or {})}


def may_execute() -> None:
    """Return where the repository's own code may be run.

    A process that holds a token must not start code that it judges: what runs as the same user can read it.

    Raises:
        CannotJudge: `COORDGUARD_EXECUTE=never` says that nothing of the repository is run here.

    """
    if (said := os.environ.get(EXECUTE, "")) == "never":
        raise CannotJudge(f"nothing of the repository is run here ({EXECUTE}=never); judge this where no token is")
    if said:
        raise CannotJudge(f"{EXECUTE} is {said!r}; meant: never, or no such variable")


def for_the_repository(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the scrubbed environment with the module path that the repository's own code is to see.

    Raises:
        CannotJudge: nothing of the repository is run here.

    """
    may_execute()
    inherited = os.environ.get("COORDGUARD_PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    return {**({"PYTHONPATH": inherited} if inherited else {}), **scrubbed(extra)}


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    seconds: float,
    env: Mapping[str, str] | None = None,
    keep: int = 200_000,
) -> Outcome:
    """Run a command in a session of its own and wait for it, `seconds` at most; then end all that it started.

    Args:
        argv: the command and its arguments; no shell reads it.
        cwd: the folder that it runs in.
        seconds: its time limit.
        env: added to the scrubbed environment.
        keep: how many characters of its output to keep, from the end.

    Raises:
        FileNotFoundError: there is no such command.
        CannotJudge: nothing of the repository is run here.

    """
    may_execute()
    started = time.monotonic()
    with (
        subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=scrubbed(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
        ending_with_us(process.pid),
    ):
        try:
            raw, _ = process.communicate(timeout=seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
            end_group(process.pid)
            raw = _rest(process)
    text = raw.decode("utf-8", "replace")
    return Outcome(tuple(argv), process.returncode, text[-keep:], time.monotonic() - started, timed_out)


def _rest(process: subprocess.Popen[bytes]) -> bytes:
    """Return what an ended process had printed; one that left its group may hold the pipe, and is not waited for."""
    try:
        raw, _ = process.communicate(timeout=LAST_WORDS)
    except subprocess.TimeoutExpired as late:
        return late.output or b""
    return raw


@contextmanager
def ending_with_us(leader: int, *files: Path) -> Iterator[None]:
    """End every process of the group that `leader` leads: on leaving, and when this process is killed meanwhile.

    A shell waits at a pipe that this process alone holds open. Only when it closes by our death does the shell end
    the group, and take away `files`.
    """
    with _watch(leader, files):
        try:
            yield
        finally:
            end_group(leader)


@contextmanager
def _watch(leader: int, files: Sequence[Path]) -> Iterator[None]:
    if not hasattr(os, "killpg"):
        yield
        return
    waiting, ours = os.pipe()
    with subprocess.Popen(
        ["/bin/sh", "-c", f'read -r _; kill -s KILL -- -{leader}; rm -rf -- "$@"', "sh", *map(str, files)],
        stdin=waiting,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as watch:
        os.close(waiting)
        try:
            yield
        finally:
            watch.kill()
            os.close(ours)


def end_group(leader: int) -> None:
    """End every process of the group that this one leads; none left is fine."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
