"""Faults of services that answer repeated requests: what is planted between a check of keys and the service."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_coordguard.domain.wire import Answer, Call, Fault
from pytest_coordguard.domain.wire_faults import Replaying

Key = Callable[[Call], object | None]


def by_caller_and_key(header: str) -> Key:
    """Tell requests apart by who sends them and by their key."""
    return lambda call: (call.header("authorization"), call.header(header)) if call.header(header) else None


def by_key_and_body(header: str) -> Key:
    """Tell requests apart by their key and what they say, whoever sends them."""
    return lambda call: (call.header(header), call.path, call.body) if call.header(header) else None


FirstAnswer = Replaying


class SecondEffect(Replaying):
    """Answers a repeated request as the first one, and lets the service do it once more, as a new one."""

    def __init__(self, header: str) -> None:
        super().__init__(lambda call: (call.header("authorization"), self._given(call), call.body))
        self.header = header

    def _given(self, call: Call) -> str:
        return call.header(self.header).removesuffix(AGAIN)

    def call(self, call: Call) -> Call | Answer:
        """Ask with another key when this one was answered already."""
        if call.header(self.header) and self.key(call) in self.known:
            with_key(call, self.header, call.header(self.header) + AGAIN)
        return call

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Give the answer that was given first."""
        if not call.header(self.header):
            return answer
        known = self.known.get(self.key(call))
        return Answer(known[0], list(known[1]), [known[2]]) if known else super().answer(call, answer)


class Apart(Fault):
    """Gives a key another name while a request with the same one is under way.

    The first waits a moment for a second: on a busy machine, two that were sent at once pass one after the other.
    """

    def __init__(self, header: str) -> None:
        self.header = header
        self._under_way: dict[str, int] = {}
        self._lock = threading.Condition()

    def call(self, call: Call) -> Call:
        """Ask with another key when this one is under way."""
        if key := call.header(self.header):
            with self._lock:
                number = self._under_way[key] = self._under_way.get(key, 0) + 1
                if number == 1:
                    self._lock.wait_for(lambda: self._under_way.get(key, 0) > 1, MOMENT)
                else:
                    self._lock.notify_all()
            if number > 1:
                with_key(call, self.header, f"{key}{AGAIN}{number}")
        return call

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Let the key be free again."""
        if key := call.header(self.header):
            with self._lock:
                self._under_way.pop(key.partition(AGAIN)[0], None)
        return answer


class ForgottenAtRestart(Fault):
    """Gives a key another name in each process of the service."""

    def __init__(self, header: str, process: Callable[[], object]) -> None:
        self.header = header
        self.process = process

    def call(self, call: Call) -> Call:
        """Ask with a key of this process alone."""
        if key := call.header(self.header):
            with_key(call, self.header, f"{key}-{self.process()}")
        return call


MOMENT = 0.5  # seconds
AGAIN = "-again"  # behind a key: no key of ours ends so


def with_key(call: Call, header: str, key: str) -> None:
    """Let a request have this key."""
    call.headers = [(name, key if name.lower() == header.lower() else value) for name, value in call.headers]
