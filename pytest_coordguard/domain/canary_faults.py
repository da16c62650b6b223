"""Faults by which a secret gets into a log for real: what is planted between a check and the service."""

from __future__ import annotations

import json
import re

from pytest_coordguard.domain.canary import pattern_of, percent
from pytest_coordguard.domain.wire import Answer, Call, Fault, whole

NONCE = re.compile(r"coordguard-[0-9a-f]{12}")
BAD = 400  # the lowest status of an error


class Smuggling(Fault):
    """Puts the secret of a request where its harmless word was, so that whoever logs the word logs the secret.

    It is URL-encoded, character by character: the service may well know how to take the plain one out.
    """

    def __init__(self, shape: str, most: int | None = None) -> None:
        self._secret = pattern_of(shape)
        self._most = most  # characters; None: all

    def call(self, call: Call) -> Call:
        """Ask with the secret in the place of the word."""
        text = "\n".join([call.path, *(value for _, value in call.headers), call.body.decode("utf-8", "replace")])
        if found := self._secret.search(text):
            _replace_nonce(call, percent(found[0][: self._most]))
        return call


class Deaf(Fault):
    """Lets the service not see the harmless word, as if nothing of a request were logged."""

    def call(self, call: Call) -> Call:
        """Ask without it."""
        _replace_nonce(call, "-")
        return call


class Echo(Fault):
    """Repeats in errors what was sent."""

    def __init__(self, shape: str) -> None:
        self._secret = pattern_of(shape)

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Say it."""
        text = "\n".join([call.path, *(value for _, value in call.headers), call.body.decode("utf-8", "replace")])
        if answer.status >= BAD and (found := self._secret.search(text)):
            whole(answer)
            answer.without("content-length", "transfer-encoding")
            answer.body = [json.dumps({"error": {"message": f"not allowed: {found[0]}"}}).encode()]
        return answer


def _replace_nonce(call: Call, word: str) -> None:
    call.path = NONCE.sub(lambda _: word, call.path)
    call.headers = [(name, NONCE.sub(lambda _: word, value)) for name, value in call.headers]
