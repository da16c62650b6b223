"""One comment of ours on a page: found again by its hidden mark and our own id, edited and never added twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_coordguard.domain.posting import marked, marker
from pytest_coordguard.facts.github.connection import Connection, GitHubError

_WHO = "query { viewer { login databaseId } }"


def own_id(connection: Connection) -> int:
    """Return the numeric id of who the token speaks for; by GraphQL, for REST tells no workflow's token.

    Raises:
        GitHubError: GitHub does not say.

    """
    viewer = connection.query(_WHO).get("viewer")
    found = viewer.get("databaseId") if isinstance(viewer, Mapping) else None
    if not isinstance(found, int):
        raise GitHubError("GitHub does not say whose token this is, so no comment can be told for our own")
    return found


def keep_comment(connection: Connection, repository: str, number: int, key: str, text: str) -> str:
    """Let the page have one comment of ours with this key and text, and return what was done for it.

    Raises:
        GitHubError: GitHub refused or did not answer.

    """
    wanted = marked(key, text)
    here = f"repos/{repository}/issues/{number}/comments"
    me = own_id(connection)
    there = _ours(connection, here, key, me)
    if there is None:
        try:
            connection.write("POST", here, {"body": wanted}, repeats=False)
        except GitHubError as error:
            if error.status is not None and error.status < 500:  # noqa: PLR2004 (a plain no)
                raise
            there = _ours(connection, here, key, me)  # it may have been made, though nobody said so
            if there is None:
                raise
        else:
            return "comment added"
    if _text(there) == _lines(wanted):
        return "comment unchanged"
    connection.write("PATCH", f"repos/{repository}/issues/comments/{int(there['id'])}", {"body": wanted}, repeats=True)
    return "comment edited"


def _ours(connection: Connection, here: str, key: str, me: int) -> Mapping[str, Any] | None:
    """Return the oldest comment that bears the mark and that we wrote; a mark alone can be anyone's."""
    mark = marker(key)
    for each in connection.pages(here):
        user = each.get("user") if isinstance(each, Mapping) else None
        if isinstance(user, Mapping) and user.get("id") == me and _text(each).startswith(mark):
            found: Mapping[str, Any] = each
            return found
    return None


def _text(comment: Mapping[str, Any]) -> str:
    return _lines(comment.get("body") or "")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")
