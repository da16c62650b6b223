"""The event of a comment, as GitHub hands it to a workflow: JSON in, data out. It is a snapshot, and not proof."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pytest_coordguard.domain.finding import CannotJudge

Kind = TypeVar("Kind", str, int)
LONGEST_FILE = 5_000_000  # bytes: docs.github.com, "payloads are capped at 25 MB"; that of a comment has 100 kB


@dataclass(frozen=True, slots=True)
class CommentEvent:
    """A comment that was made on an issue or a pull request."""

    repository: str
    number: int
    on_pull_request: bool
    comment: int  # id
    body: str
    login: str
    user: int  # id
    is_bot: bool
    action: str  # created, edited, deleted
    edited: bool  # since it was made

    @property
    def not_obeyed(self) -> str:
        """Why no command of it is obeyed, "" when they are looked at."""
        if self.action != "created" or self.edited:
            return (
                f"the comment is {'edited' if self.action == 'created' else self.action}, and only a new one is obeyed"
            )
        return f"{self.login} is a bot" if self.is_bot else ""


def read_event(data: bytes, name: str) -> CommentEvent:
    """Return the event of a payload; `name` is how messages name the file.

    Raises:
        CannotJudge: it is no payload of `issue_comment`.

    """
    if len(data) > LONGEST_FILE:
        raise CannotJudge(f"{name}: {len(data)} bytes; meant: the payload of one comment")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CannotJudge(f"{name}: no JSON ({error}); meant: the file that GITHUB_EVENT_PATH names") from None
    if not isinstance(found, dict) or not isinstance(found.get("comment"), dict) or "issue" not in found:
        raise CannotJudge(f"{name}: no comment in it; meant: the payload of the event issue_comment")

    def at(path: str, kind: Callable[..., Kind]) -> Kind:
        return _at(found, path, kind, name)

    return CommentEvent(
        repository=at("repository.full_name", str),
        number=at("issue.number", int),
        on_pull_request=isinstance(found["issue"], dict) and isinstance(found["issue"].get("pull_request"), dict),
        comment=at("comment.id", int),
        body=at("comment.body", str),
        login=at("comment.user.login", str),
        user=at("comment.user.id", int),
        is_bot=at("comment.user.type", str) != "User",
        action=at("action", str),
        edited=at("comment.created_at", str) != at("comment.updated_at", str),
    )


def _at(found: Mapping[str, Any], path: str, kind: Callable[..., Kind], name: str) -> Kind:
    value: Any = found
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):  # type: ignore[arg-type]
        raise CannotJudge(f"{name}: no {path}; meant: the payload of the event issue_comment")
    return value  # type: ignore[no-any-return]
