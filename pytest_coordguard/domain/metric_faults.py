"""Faults in what a service says of itself: a body that stands still, lines that are changed or missing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_coordguard.domain.wire import Altered, Answer, Call, Fault, whole
from pytest_coordguard.domain.wire_faults import on


class FrozenBody(Fault):
    """Answers a path for ever with the body that it had first."""

    def __init__(self, path: str) -> None:
        self.where = on(2, paths=[path])
        self._first: bytes | None = None
        self._lock = threading.Lock()

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Answer with the first body."""
        if not self.where(call, answer):
            return answer
        with self._lock:
            if self._first is None:
                self._first = whole(answer)
            answer.without("content-length", "transfer-encoding")
            answer.body = [self._first]
        return answer


def edit_lines(path: str, edit: Callable[[str], str]) -> Fault:
    """Change each line of a text, its line end included; an empty one is taken out."""

    def change(_: Call, answer: Answer) -> None:
        text = whole(answer).decode("utf-8", "replace")
        answer.without("content-length", "transfer-encoding")
        answer.body = ["".join(map(edit, text.splitlines(keepends=True))).encode()]

    return Altered(change, on(2, paths=[path]))
