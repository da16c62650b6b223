"""One command under the supervisor: started, watched, ended."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_coordguard.facts.process import end_group
from pytest_coordguard.facts.service.listeners import listening_ports

SUPERVISOR = Path(__file__).with_name("supervisor.py")
LONGEST_END = 12.0  # seconds: twice the supervisor's grace, and some


class Supervised:
    """A command that runs beside this process and never longer."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, folder: Path) -> None:
        """Start it. `folder` is taken away when this process dies."""
        self._said: dict[str, object] = {}
        self._line = b""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), str(log), str(folder), *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def ending(self) -> str:
        """How the command ended, in words; "" while it runs."""
        self._hear()
        if "error" in self._said:
            return f"cannot be started ({self._said['error']})"
        if "exit" in self._said:
            code = int(str(self._said["exit"]))
            return f"was ended by signal {-code}" if code < 0 else f"exited {code}"
        if self._process.poll() is not None:
            return f"lost its supervisor, which exited {self._process.returncode}"
        return ""

    @property
    def pid(self) -> int | None:
        """The command's process, None before it is known."""
        self._hear()
        pid = self._said.get("pid")
        return pid if isinstance(pid, int) else None

    def listens(self) -> list[int]:
        """Return the ports on which it or what it has started listens, as far as that can be seen."""
        return listening_ports(self.pid) if self.pid else []

    def _hear(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while not stream.closed and select.select([stream], [], [], 0)[0]:
            read = stream.read1()  # type: ignore[attr-defined]  # of a buffered reader, as this is
            if not read:
                return
            *lines, self._line = (self._line + read).split(b"\n")
            for line in lines:
                self._said |= json.loads(line)

    def stop(self) -> None:
        """End it and all that it has started, and wait until that is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"k")
            self._process.stdin.close()
        try:
            self._process.wait(timeout=LONGEST_END)
        except subprocess.TimeoutExpired:
            end_group(self._process.pid)
            self._process.wait()
        self._process.stdout.close()
