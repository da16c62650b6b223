"""Starts the commands of a plan's `service`, waits until they answer, and says why when they do not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Service
from pytest_coordguard.facts import command
from pytest_coordguard.facts.process import for_the_repository
from pytest_coordguard.facts.runner import interpreter
from pytest_coordguard.facts.service.logs import Logs
from pytest_coordguard.facts.service.ports import LOOPBACK, base_of, free_port, listening
from pytest_coordguard.facts.service.process import Supervised

TRIES = 3  # ports, when another process takes one between our look and the service's
POLL = 0.1  # seconds between two looks at whether it is ready
_TAKEN = re.compile(r"address already in use|EADDRINUSE|Errno (98|48)\b", re.IGNORECASE)
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)\b(?:: |$)")  # the last line of a traceback
_ERROR = re.compile(r"\b(?:error|fatal|panic|cannot|could not|failed)\b", re.IGNORECASE)
_NO_UVICORN = re.compile(r"No module named '?uvicorn")


class EndedEarly(CannotJudge):
    """A command ended by itself, before it answered anyone."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a service is started."""

    root: Path  # the repository
    runner: Runner
    folder: Path  # of this process alone: logs, and what a service keeps over a restart


@dataclass(slots=True)
class Started:
    """A command that answers."""

    process: Supervised
    port: int
    address: str = LOOPBACK

    @property
    def url(self) -> str:
        """Where it answers."""
        return base_of(self.address, self.port)


@dataclass(slots=True)
class Launch:
    """One attempt to start a service and what it needs, within one time limit."""

    settings: Service
    home: Home
    secrets: tuple[str, ...] = ()  # which no message may show
    ports: dict[str, int] = field(default_factory=dict)  # of what runs beside it
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.settings.within_seconds

    def service(self) -> Started:
        """Start the service itself.

        Raises:
            CannotJudge: it cannot be started, ended early, or was not ready in time.

        """
        line = self.settings.serve
        if self.settings.asgi:
            line = f"{{python}} -m uvicorn {self.settings.asgi} --host {LOOPBACK} --port {{port}}"
        return self._start("service", line, self._unready)

    def beside(self, name: str) -> Started:
        """Start a command that the service needs; it is ready when its port takes a connection.

        Raises:
            CannotJudge: as for the service.

        """
        found = self._start(name, self.settings.beside[name], lambda port: "" if listening(port) else "no connection")
        self.ports[name] = found.port
        return found

    def _unready(self, port: int) -> str:
        return unready(base_of(listening(port) or LOOPBACK, port), self.settings.ready)

    def logs(self, name: str) -> Logs:
        """Return what the command of a name prints."""
        return Logs(self.home.folder / f"{name}.log", self.secrets)

    def _start(self, name: str, line: str, trouble: Callable[[int], str]) -> Started:
        logs = self.logs(name)
        for attempt in range(TRIES):
            port = free_port()
            if listening(port):
                continue  # somebody else took it, and would be judged in the service's place
            mark = logs.mark()
            process = self._spawn(name, line, port)
            try:
                why = self._wait(process, port, trouble)
                if not why:
                    return Started(process, port, listening(port) or LOOPBACK)
            except BaseException:
                process.stop()
                raise
            ending, others = process.ending, () if process.ending else process.listens()
            process.stop()
            if others and port not in others:
                why += (
                    f"; it listens on {', '.join(map(str, others))}, and was given {port}: meant: {{port}} in 'serve'"
                )
            if not (ending and _TAKEN.search(logs.since(mark)) and attempt < TRIES - 1):
                kind = EndedEarly if ending else CannotJudge
                raise kind(self._told(line, why, logs, mark, ended=bool(ending)))
        raise CannotJudge(f"{name}: no free port in {TRIES} tries")

    def _spawn(self, name: str, line: str, port: int) -> Supervised:
        cwd = self.home.root / self.settings.cwd
        if not cwd.is_dir():
            raise CannotJudge(f"service: cwd: no folder {self.settings.cwd}")
        read = command.read(line)
        known = self._known(port)
        env = for_the_repository({"PYTHONUNBUFFERED": "1", **self.settings.env, **read.env})
        return Supervised(
            [_filled(word, known) for word in read.argv],
            cwd=cwd,
            env={variable: _filled(value, known) for variable, value in env.items()},
            log=self.logs(name).path,
            folder=self.home.folder,
        )

    def _known(self, port: int) -> dict[str, str]:
        scratch = self.home.folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        return {"port": str(port), "python": self.python(), "scratch": str(scratch)} | {
            name: str(other) for name, other in self.ports.items()
        }

    def python(self) -> str:
        """Return the interpreter of the service.

        Raises:
            CannotJudge: the plan names one that is not there.

        """
        runner = Runner(python=self.settings.python or self.home.runner.python)
        try:
            return interpreter(runner, self.home.root)
        except FileNotFoundError as error:
            raise CannotJudge(str(error).replace("runner:", "service:", 1 if self.settings.python else 0)) from error

    def _wait(self, process: Supervised, port: int, trouble: Callable[[int], str]) -> str:
        """Return "" when it is ready, else why it is not: at once when it ended."""
        why = "no connection"
        while time.monotonic() < self.deadline:
            if ending := process.ending:
                return f"{ending} before it was ready"
            if not (why := trouble(port)):
                return ""
            time.sleep(POLL)
        return f"not ready in {self.settings.within_seconds:g} s: {why}"

    def _told(self, line: str, why: str, logs: Logs, mark: int, *, ended: bool) -> str:
        if self.settings.asgi and _NO_UVICORN.search(logs.since(mark)):
            return f"asgi: no uvicorn in {self.python()}; meant: install it there, or 'serve' with another server"
        shown = logs.tail(mark=mark)
        if not shown:
            return f"the service `{line}` {why}; it printed nothing"
        if not ended:
            return f"the service `{line}` {why}; its last lines:\n{shown}"
        more = f"\nits last lines:\n{shown}" if "\n" in shown else ""
        return f"the service `{line}` {why}: {telling(shown)}{more}"


def unready(base: str, path: str) -> str:
    """Return "" when a service answers 2xx there, else what it did."""
    from pytest_coordguard.facts.service.caller import Caller
    from pytest_coordguard.facts.service.probe import NoAnswer

    try:
        reply = Caller(base, {}).get(path)
    except NoAnswer as error:
        return f"GET {path}: {error.why}"
    return "" if reply.ask.expects(reply.status) else str(reply)


def telling(shown: str) -> str:
    """Return the line that most likely says what is wrong: reports show the first lines of a message alone."""
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    for pattern in (_EXCEPTION, _ERROR):
        if found := [line for line in lines if pattern.search(line)]:
            return found[-1]
    return lines[-1] if lines else ""


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Return a text with `{name}` replaced where the name is known; other braces stay."""
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda match: known.get(match[1], match[0]), text)
