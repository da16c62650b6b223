"""The operations of an OpenAPI document that can be asked as they stand: GET, without anything that is required."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.facts.openapi.document import read_document
from pytest_coordguard.facts.repository import Repository


def plain_gets(repo: Repository, path: str) -> list[Ask]:
    """Return a request for each, with the statuses and the media type that the document declares for a success.

    Raises:
        Unreadable: the document cannot be read.
        FileNotFoundError: it is not there.

    """
    data = read_document(path, repo.read(path))[0].data
    paths = data.get("paths") if isinstance(data, dict) else None
    items = paths.items() if isinstance(paths, dict) else ()
    return [
        _ask(name, item["get"])
        for name, item in items
        if isinstance(item, dict) and isinstance(item.get("get"), dict) and _is_plain(name, item)
    ]


def _is_plain(path: str, item: dict[str, Any]) -> bool:
    parameters = [*_listed(item.get("parameters")), *_listed(item["get"].get("parameters"))]
    needed = [one for one in parameters if not isinstance(one, dict) or one.get("required") or "$ref" in one]
    return path.startswith("/") and "{" not in path and not needed


def _ask(path: str, operation: dict[str, Any]) -> Ask:
    declared = operation.get("responses")
    responses: dict[Any, Any] = declared if isinstance(declared, dict) else {}
    statuses = sorted(int(status) for status in map(str, responses) if status.isdigit() and status.startswith("2"))
    anyone = operation.get("security") == []
    kinds = {kind for status in statuses for kind in _kinds(responses, status)}
    answer_type = kinds.pop() if len(kinds) == 1 else ""
    return Ask("GET", path, auth="none" if anyone else "plan", status=tuple(statuses), answer_type=answer_type.lower())


def _kinds(responses: dict[Any, Any], status: int) -> list[str]:
    response = responses.get(str(status), responses.get(status))
    content = response.get("content") if isinstance(response, dict) else None
    return [str(kind) for kind in content] if isinstance(content, dict) else []


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
