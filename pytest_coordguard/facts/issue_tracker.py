"""Issues of ours in a tracker: found again, opened, told on. The interface, and GitHub behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pytest_coordguard.facts.github.comments import own_id
from pytest_coordguard.facts.github.connection import Connection, GitHubError
from pytest_coordguard.facts.github.host import repository_name


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue that we opened."""

    number: int
    url: str
    body: str
    is_open: bool
    opened_at: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment that we wrote."""

    body: str
    at: float


class IssueTracker(Protocol):
    """What the sentinel needs of a tracker. Each method raises `CannotJudge` where it cannot do what it says."""

    def mine(self, closed_since: float) -> list[Issue]:
        """Return our own issues, oldest first: the open ones, and those that were closed since then."""

    def comments(self, number: int) -> list[Comment]:
        """Return our own comments on an issue, oldest first."""

    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""

    def set_open(self, number: int, *, is_open: bool) -> None:
        """Close an issue, or open it again."""


class GitHubIssues:
    """The issues of one repository on GitHub: docs.github.com/rest/issues."""

    def __init__(self, connection: Connection, repository: str) -> None:
        self._connection = connection
        self._here = f"repos/{repository_name(repository)}/issues"
        self._me: int | None = None

    def mine(self, closed_since: float) -> list[Issue]:
        """Return our own issues, oldest first: the open ones, and those that were closed since then."""
        since = datetime.fromtimestamp(closed_since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [
            *self._connection.pages(self._here, state="open"),
            *self._connection.pages(self._here, state="closed", since=since),  # since: of any change to it
        ]
        own = [_issue(each) for each in found if self._is_mine(each) and "pull_request" not in each]
        return sorted({each.number: each for each in own}.values(), key=lambda issue: issue.number)

    def comments(self, number: int) -> list[Comment]:
        """Return our own comments on an issue, oldest first."""
        rows = filter(self._is_mine, self._connection.pages(f"{self._here}/{number}/comments"))
        return [Comment(str(row.get("body") or ""), _time(row["created_at"])) for row in rows]

    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""
        asked = {"title": title, "body": body, "labels": list(labels)}
        return _issue(self._connection.write("POST", self._here, asked, repeats=False))

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._connection.write("POST", f"{self._here}/{number}/comments", {"body": body}, repeats=False)

    def set_open(self, number: int, *, is_open: bool) -> None:
        """Close an issue, or open it again."""
        state = "open" if is_open else "closed"
        self._connection.write("PATCH", f"{self._here}/{number}", {"state": state}, repeats=True)

    def _is_mine(self, row: Mapping[str, Any]) -> bool:
        if self._me is None:
            self._me = own_id(self._connection)
        user = row.get("user")  # none, where the account is gone
        return isinstance(user, Mapping) and user.get("id") == self._me


def _issue(row: Mapping[str, Any]) -> Issue:
    try:
        return Issue(
            number=int(row["number"]),
            url=str(row["html_url"]),
            body=str(row.get("body") or ""),
            is_open=row["state"] == "open",
            opened_at=_time(row["created_at"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GitHubError(f"GitHub: an issue without its {error}") from None


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
