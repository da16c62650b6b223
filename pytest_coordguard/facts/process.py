"""Runs a command of the repository: time limit, scrubbed environment, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SECRETIVE = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE|ACTIONS_RUNTIME|ACTIONS_ID_TOKEN", re.IGNORECASE)
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
        name: value
        for name, value in os.environ.items()
        if not SECRETIVE.search(name) and not name.startswith(OURS)
    }
    return {**kept, **(extra or {})}


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

    """
    started = time.monotonic()
    with subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=scrubbed(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        timed_out = False
        try:
            raw, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
            end_group(process.pid)
            raw, _ = process.communicate()
        except BaseException:
            end_group(process.pid)
            raise
        end_group(process.pid)
    text = raw.decode("utf-8", "replace")
    return Outcome(tuple(argv), process.returncode, text[-keep:], time.monotonic() - started, timed_out)


def end_group(leader: int) -> None:
    """End every process of the group that this one leads; none left is fine."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
