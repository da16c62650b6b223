"""How long OpenAI's own client for Python waits when it is refused. The package is not ours to bring."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.service.caller import Caller

REFUSED = 429  # RFC 6585, section 4


@dataclass(frozen=True, slots=True)
class Waited:
    """What the client was told at its own refusal, and what it did."""

    told: dict[str, str]  # the headers of the refusal, names in lower case
    at: float  # of the refusal, seconds since 1970
    seconds: float | None  # from the refusal to the next answer; None when no other came
    succeeded: bool


def wait_of_client(caller: Caller, asked: Ask, *, within: float, exhaust: Callable[[], object]) -> Waited | None:
    """Let the client ask once, with one retry, right behind `exhaust`; None when it was not refused.

    Raises:
        CannotJudge: the package `openai` is not there.

    """
    try:
        import openai
    except ImportError as error:
        raise CannotJudge("client: the package 'openai' is not installed where this runs") from error

    answers: list[tuple[int, float, dict[str, str]]] = []

    def note(response: object) -> None:  # a response of the client's own HTTP library, which changed once
        status, headers = getattr(response, "status_code", 0), getattr(response, "headers", {})
        answers.append((status, time.time(), {name.lower(): value for name, value in headers.items()}))

    http = openai.DefaultHttpxClient(trust_env=False, event_hooks={"response": [note]}, timeout=within)
    with openai.OpenAI(
        api_key="unused", base_url=caller.base, http_client=http, max_retries=1, default_headers=caller.headers
    ) as client:
        exhaust()
        succeeded = _ask(client, asked)
    refusals = [number for number, (status, _, _) in enumerate(answers) if status == REFUSED]
    if not refusals:
        return None
    _, at, told = answers[refusals[0]]
    following = answers[refusals[0] + 1 :]
    return Waited(told, at, following[0][1] - at if following else None, succeeded)


def _ask(client: object, asked: Ask) -> bool:
    import openai

    assert isinstance(client, openai.OpenAI)
    try:
        if asked.content:
            client.post(asked.path, cast_to=object, body=json.loads(asked.content))
        else:
            client.get(asked.path, cast_to=object)
    except openai.OpenAIError:
        return False
    return True
