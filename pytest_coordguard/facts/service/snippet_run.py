"""Runs a snippet of Python against the service, and sees what it asks and whether it waits where it is refused."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from pytest_coordguard.domain.wire import Answer, Call, Fault
from pytest_coordguard.facts.process import Outcome, run
from pytest_coordguard.facts.service.caller import headers_of
from pytest_coordguard.facts.service.service import Service

SECONDS = 30.0  # for one snippet
WAIT = 1  # seconds, in the Retry-After of the refusal
EARLY = 0.1  # seconds by which clocks may differ
_ERROR = {"message": "Too many requests", "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}


@dataclass(slots=True)
class Visits(Fault):
    """Notes when the service is asked; refuses the first request with 429, where that is wanted."""

    refuse: bool = False
    at: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, call: Call) -> Call | Answer:
        """Pass a request on, or refuse it."""
        with self._lock:
            self.at.append(time.monotonic())
            first = len(self.at) == 1
        if not (self.refuse and first):
            return call
        body = json.dumps({"error": {**_ERROR, "retry_after": WAIT}}).encode()
        return Answer(429, [("Retry-After", str(WAIT)), ("Content-Type", "application/json")], [body])

    @property
    def waited(self) -> bool:
        """Whether it came again, and not before it was told to."""
        return len(self.at) > 1 and self.at[1] - self.at[0] >= WAIT - EARLY


@dataclass(frozen=True, slots=True)
class Ran:
    """How a snippet ended, and what it asked."""

    outcome: Outcome
    visits: Visits


def ran(service: Service, code: str, *, base: str, token: str, refuse: bool) -> Ran:
    """Run a snippet, with the service's URL in place of the one that it names and a token in the environment.

    Raises:
        CannotJudge: the service cannot be reached, or nothing of the repository is run here.

    """
    visits = Visits(refuse)
    auth = service.settings.auth
    env = {}
    if token and auth:
        env[token] = headers_of(service.settings)[auth.header].removeprefix(auth.scheme).strip()
    with service.through(visits) as counted, tempfile.TemporaryDirectory(prefix="coordguard-snippet-") as name:
        file = Path(name) / "snippet.py"
        file.write_text(code.replace(base.rstrip("/"), counted.url), encoding="utf-8")
        outcome = run([service.running.python, str(file)], cwd=Path(name), seconds=SECONDS, env=env)
    return Ran(outcome, visits)
