"""Runs one command and ends all that it has started, when the process that asked for it goes in whatever way.

A script of the standard library alone. Its standard input is a pipe that the asking process holds open: when it
closes, every descendant gets SIGTERM, and SIGKILL after `GRACE` seconds. On Linux this process is made the new parent
of orphans (prctl(2), PR_SET_CHILD_SUBREAPER), so that a descendant which left its session or its parent is found;
elsewhere the process group of the command is ended.

    python supervisor.py LOG FOLDER COMMAND…

It tells on standard output, a JSON object a line: {"pid": …}, then {"exit": …} when the command has ended; or
{"error": …} when it could not be started. FOLDER is taken away at the end, unless `KEEP`
was read before the pipe closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE = 5.0  # seconds between SIGTERM and SIGKILL
STEP = 0.05  # seconds between two looks at who is left
KEEP = b"k"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
ON_LINUX = sys.platform == "linux"


def main(log: str, folder: str, command: list[str]) -> None:
    """Run the command until it has ended and the pipe is closed."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # the pipe says when it is time
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    process = _start(command, log)
    kept = _wait(process, waking)
    if process is not None:
        _end_all(process)
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)


def _start(command: list[str], log: str) -> subprocess.Popen[bytes] | None:
    supervisor = os.getpid()

    def in_child() -> None:
        for default in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(default, signal.SIG_DFL)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)

    try:
        with Path(log).open("ab") as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=in_child,  # noqa: PLW1509  # this process has one thread
            )
    except OSError as error:
        _tell(error=f"{error.strerror}: {error.filename}")
        return None
    _tell(pid=process.pid)
    return process


def _wait(process: subprocess.Popen[bytes] | None, waking: int) -> bool:
    """Return when the pipe is closed: whether the folder is to be kept."""
    kept = False
    while True:
        ready, _, _ = select.select([0, waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _reap(process)
        if 0 in ready:
            read = os.read(0, 1)
            if not read:
                return kept
            kept = kept or read == KEEP


def _reap(process: subprocess.Popen[bytes] | None) -> None:
    """Take the exit status of all that have ended, so that none stays as a zombie, and tell the command's."""
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if process is not None and ended.si_pid == process.pid:
                _tell(exit=process.wait())
            else:
                os.waitpid(ended.si_pid, 0)


def _end_all(process: subprocess.Popen[bytes]) -> None:
    _signal_all(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while _is_anyone_left(process) and time.monotonic() < deadline:
        time.sleep(STEP)
    hopeless = time.monotonic() + GRACE
    while _is_anyone_left(process) and time.monotonic() < hopeless:  # one of them may have forked meanwhile
        _signal_all(process.pid, signal.SIGKILL)
        time.sleep(STEP)


def _signal_all(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
    for pid in _descendants():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _is_anyone_left(process: subprocess.Popen[bytes]) -> bool:
    _reap(process)
    if ON_LINUX:
        return bool(_descendants())
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _descendants() -> list[int]:
    """Return all processes below this one; none where there is no /proc."""
    if not ON_LINUX:
        return []
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  # of two hundred names, twenty times a second
        if name.isdigit() and (parent := _parent(name)):
            children.setdefault(parent, []).append(int(name))
    found, ahead = [], [os.getpid()]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


def _parent(name: str) -> int:
    """Return a process's parent, 0 when it is gone: proc(5), /proc/pid/stat, behind the name in brackets."""
    try:
        stat = Path(f"/proc/{name}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat.rpartition(b")")[2].split()[1])


def _prctl(option: int, value: int) -> None:
    if ON_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _tell(**said: object) -> None:
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
