"""How long OpenAI's own client for Python waits when it is refused. The package is not ours to bring."""

from __future__ import annotations

import json
import time

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.service.caller import Caller


def seconds_until_success(caller: Caller, asked: Ask, within: float) -> float | None:
    """Return the seconds from the refusal to the success of the one retry that the client is given, None without one.

    Raises:
        CannotJudge: the package `openai` is not there.

    """
    try:
        import openai
    except ImportError as error:
        raise CannotJudge("client: the package 'openai' is not installed where this runs") from error

    seen: list[tuple[int, float]] = []
    hooks = {"response": [lambda response: seen.append((response.status_code, time.monotonic()))]}
    http = openai.DefaultHttpxClient(trust_env=False, event_hooks=hooks, timeout=within)
    with openai.OpenAI(
        api_key="unused", base_url=caller.base, http_client=http, max_retries=1, default_headers=caller.headers
    ) as client:
        try:
            if asked.content:
                client.post(asked.path, cast_to=object, body=json.loads(asked.content))
            else:
                client.get(asked.path, cast_to=object)
        except openai.OpenAIError:
            return None
    refused = [at for status, at in seen if status == 429]  # noqa: PLR2004  # RFC 6585, section 4
    return seen[-1][1] - refused[-1] if refused else None
