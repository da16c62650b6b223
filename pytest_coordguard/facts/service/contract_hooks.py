"""What schemathesis loads in its own process: a fresh caller for each call, a count of calls, our check of headers.

Standard library and schemathesis only: none of this project is there. `COORDGUARD_CONTRACT` names the file that says
what is wanted: {"callers": […headers], "wanted": […names], "exempt": […operations], "calls": "file"}.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import threading
from pathlib import Path
from typing import Any

ORDER = json.loads(Path(os.environ["COORDGUARD_CONTRACT"]).read_text(encoding="utf-8"))
CALLERS = itertools.cycle(ORDER["callers"] or [{}])
LOCK = threading.Lock()


def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ANN401, ARG001  # schemathesis'
    """Call as another caller each time, so that one's limits are not all that is met."""
    with LOCK:
        headers = next(CALLERS)
    for name, value in headers.items():
        case.headers[name] = value


def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ANN401, ARG001
    """Note what was really asked, and what came."""
    _note(case, response.status_code, _missing(case, response))


def after_network_error(context: Any, case: Any, request: Any) -> None:  # noqa: ANN401, ARG001
    """Note that nothing came."""
    _note(case, 0, [])


def coordguard_headers(ctx: Any, response: Any, case: Any) -> bool | None:  # noqa: ANN401, ARG001
    """Each answer has the headers that are wanted."""
    if missing := _missing(case, response):
        raise AssertionError(f"{response.status_code} lacks {', '.join(missing)}")
    return None


def _missing(case: Any, response: Any) -> list[str]:  # noqa: ANN401
    if case.operation.label in ORDER["exempt"]:
        return []
    there = {name.lower() for name in response.headers}
    return [name for name in ORDER["wanted"] if name.lower() not in there]


def _note(case: Any, status: int, missing: list[str]) -> None:  # noqa: ANN401
    line = json.dumps([case.operation.label, status, missing])
    with LOCK, Path(ORDER["calls"]).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


schemathesis: Any = importlib.import_module("schemathesis")  # of its environment, not of the one where this is written
for hook in (before_call, after_call, after_network_error):
    schemathesis.hook(hook)
schemathesis.check(coordguard_headers)
