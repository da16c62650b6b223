"""What a comment's command asks of GitHub: is the comment still there, assign people, open a change of the plan."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pytest_coordguard.facts.github.comment_event import CommentEvent
from pytest_coordguard.facts.github.connection import Connection, GitHubError
from pytest_coordguard.facts.github.host import repository_name

NOT_FOUND, UNPROCESSABLE = 404, 422


def not_as_told(connection: Connection, event: CommentEvent) -> str:
    """Return in what the comment differs from its event, "" when it stands on the page just so.

    The event is a snapshot, and its file may be anyone's; the page is asked before anything is done.

    Raises:
        GitHubError: GitHub refused or did not answer.

    """
    try:
        found = connection.get(f"repos/{repository_name(event.repository)}/issues/comments/{event.comment}")
    except GitHubError as error:
        if error.status == NOT_FOUND:
            return "the comment is gone"
        raise
    if not isinstance(found, Mapping):
        raise GitHubError("GitHub does not say what the comment is")
    user = found.get("user")
    if not isinstance(user, Mapping) or user.get("id") != event.user or user.get("login") != event.login:
        return "the comment on the page is of another author"
    if found.get("created_at") != found.get("updated_at") or found.get("body") != event.body:
        return "the comment was edited since"
    if not str(found.get("issue_url", "")).endswith(f"/issues/{event.number}"):
        return "the comment is on another page"
    return ""


def assign(connection: Connection, event: CommentEvent, people: Sequence[str]) -> tuple[str, ...]:
    """Assign people, and return those that GitHub left out; it does so without a word.

    Raises:
        GitHubError: GitHub refused or did not answer.

    """
    here = f"repos/{repository_name(event.repository)}/issues/{event.number}/assignees"
    found = connection.write("POST", here, {"assignees": list(people)}, repeats=True)
    there = found.get("assignees") if isinstance(found, Mapping) else None
    logins = {str(each.get("login")).casefold() for each in there or () if isinstance(each, Mapping)}
    return tuple(login for login in people if login.casefold() not in logins)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of one file, to be opened as a pull request."""

    path: str
    branch: str
    title: str
    body: str
    edit: Callable[[str], str | None]  # the file's text -> the new one; None: it cannot be done


def propose(connection: Connection, repository: str, proposal: Proposal) -> str:
    """Open the change against the default branch, and return what became of it, in words.

    Raises:
        GitHubError: GitHub refused or did not answer.

    """
    here = f"repos/{repository_name(repository)}"
    base = _text(connection.get(here), "default_branch")
    path = f"{here}/contents/{quote(proposal.path)}"
    file = connection.get(path, ref=base)
    text = base64.b64decode(_text(file, "content")).decode()
    changed = proposal.edit(text)
    if changed is None:
        return f"No change is opened: {proposal.path} has its waivers in a form that is not edited by a program"
    start = _text(_inner(connection.get(f"{here}/git/ref/heads/{quote(base)}"), "object"), "sha")
    try:
        ref = {"ref": f"refs/heads/{proposal.branch}", "sha": start}
        connection.write("POST", f"{here}/git/refs", ref, repeats=False)
    except GitHubError as error:
        if error.status == UNPROCESSABLE:
            return f"The change is there already, on branch {proposal.branch}"
        raise
    content = base64.b64encode(changed.encode()).decode()
    body = {"message": proposal.title, "content": content, "branch": proposal.branch, "sha": _text(file, "sha")}
    connection.write("PUT", path, body, repeats=False)
    opened = {"title": proposal.title, "head": proposal.branch, "base": base, "body": proposal.body}
    made = connection.write("POST", f"{here}/pulls", opened, repeats=False)
    return f"Change {made.get('number')} is opened, on branch {proposal.branch}"


def _text(found: object, key: str) -> str:
    value = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(value, str):
        raise GitHubError(f"GitHub's answer has no {key}")
    return value


def _inner(found: object, key: str) -> Mapping[str, Any]:
    value = found.get(key) if isinstance(found, Mapping) else None
    return value if isinstance(value, Mapping) else {}
