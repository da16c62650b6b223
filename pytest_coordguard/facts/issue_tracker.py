"""Issues of ours in a tracker: found again, opened, told on. The interface, and GitHub behind it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from pytest_coordguard.domain.service import host_of, is_loopback

if TYPE_CHECKING:
    import httpx

TOKENS = ("COORDGUARD_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")  # the first that is set counts
API = "https://api.github.com"
CONNECT, READ = 5.0, 20.0  # seconds
PAGE, PAGES = 100, 50  # issues a page, GitHub's most; a repository with more open ones is too large to look through
SHOWN = 200  # characters of a foreign message
_NEXT = "next"


class TrackerTrouble(Exception):
    """The tracker cannot be read or written; the message says why and what was meant. It never holds the token."""


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
    """What the sentinel needs of a tracker. Each method raises `TrackerTrouble` where it cannot do what it says."""

    def mine(self, mark: str, closed_since: float) -> list[Issue]:
        """Return our own issues whose text holds a mark, oldest first: the open ones, and those closed since then."""

    def comments(self, number: int) -> list[Comment]:
        """Return our own comments on an issue, oldest first."""

    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""

    def set_open(self, number: int, *, is_open: bool) -> None:
        """Close an issue, or open it again."""


class GitHubIssues:
    """The issues of one repository on GitHub, by its REST API: docs.github.com/rest/issues."""

    def __init__(self, repository: str, token: str, api: str = API) -> None:
        host = host_of(api)
        if not (api.startswith("https://") or (api.startswith("http://") and is_loopback(host))):
            raise TrackerTrouble(f"GITHUB_API_URL: {api!r} would carry the token in clear; meant: https://…")
        self.repository = repository
        self._api = api.rstrip("/")
        self._token = token
        self._own_id: int | None = None

    def mine(self, mark: str, closed_since: float) -> list[Issue]:
        """Return our own issues whose text holds a mark, oldest first: the open ones, and those closed since then."""
        since = datetime.fromtimestamp(closed_since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [*self._listed("issues", state="open"), *self._listed("issues", state="closed", since=since)]
        own = [
            _issue(each)
            for each in found
            if self._is_mine(each) and "pull_request" not in each and mark in (each.get("body") or "")
        ]
        recent = {each.number: each for each in own}
        return sorted(recent.values(), key=lambda issue: issue.number)

    def comments(self, number: int) -> list[Comment]:
        """Return our own comments on an issue, oldest first."""
        rows = filter(self._is_mine, self._listed(f"issues/{number}/comments"))
        return [Comment(str(row.get("body") or ""), _time(row["created_at"])) for row in rows]

    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""
        return _issue(self._changed("POST", "issues", {"title": title, "body": body, "labels": list(labels)}))

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._changed("POST", f"issues/{number}/comments", {"body": body})

    def set_open(self, number: int, *, is_open: bool) -> None:
        """Close an issue, or open it again."""
        self._changed("PATCH", f"issues/{number}", {"state": "open" if is_open else "closed"})

    def _is_mine(self, row: Mapping[str, Any]) -> bool:
        if self._own_id is None:
            self._own_id = self._whoami()
        return bool((row.get("user") or {}).get("id") == self._own_id)

    def _whoami(self) -> int:
        """Return the id of the token's account; the token of a workflow may not ask REST for it."""
        response = self._ask("GET", f"{self._api}/user")
        if response.status_code == 200:  # noqa: PLR2004  # RFC 9110, 15.3.1
            return int(_json(response)["id"])
        if response.status_code != 403:  # noqa: PLR2004  # RFC 9110, 15.5.4
            raise self._trouble(response, "who the token belongs to")
        response = self._ask("POST", _graphql(self._api), {"query": "{ viewer { databaseId } }"})
        found = _json(response) if response.status_code == 200 else {}  # noqa: PLR2004
        viewer = (found.get("data") or {}).get("viewer") or {}
        if isinstance(viewer.get("databaseId"), int):
            return int(viewer["databaseId"])
        raise self._trouble(response, "who the token belongs to")

    def _listed(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        url: str | None = f"{self._api}/repos/{self.repository}/{path}"
        given: dict[str, str] | None = {**query, "per_page": str(PAGE)}
        for _ in range(PAGES):
            response = self._ask("GET", str(url), query=given)
            rows = _json(response) if response.status_code == 200 else None  # noqa: PLR2004
            if not isinstance(rows, list):
                raise self._trouble(response, f"the {path} of {self.repository}")
            yield from rows
            url, given = self._following(response), None
            if url is None:
                return
        raise TrackerTrouble(f"{self.repository} has more than {PAGE * PAGES} {path}: ours cannot be told from them")

    def _following(self, response: httpx.Response) -> str | None:
        """Return the address of the next page; one on another host must not get the token."""
        url = response.links.get(_NEXT, {}).get("url")
        if url is not None and host_of(url) != host_of(self._api):
            raise TrackerTrouble(f"the next page lies on {host_of(url)!r} and not on {host_of(self._api)!r}")
        return url

    def _changed(self, method: str, path: str, body: object) -> dict[str, Any]:
        response = self._ask(method, f"{self._api}/repos/{self.repository}/{path}", body)
        if not response.is_success:
            raise self._trouble(response, f"{method} {path} of {self.repository}")
        found: dict[str, Any] = _json(response)
        return found

    def _ask(
        self, method: str, url: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        import httpx

        headers = {
            "authorization": f"Bearer {self._token}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
            "user-agent": "pytest-coordguard",
        }
        try:
            with httpx.Client(trust_env=False, timeout=httpx.Timeout(READ, connect=CONNECT), headers=headers) as client:
                return client.request(method, url, json=body, params=query)
        except httpx.TransportError as error:
            raise TrackerTrouble(f"no answer from {self._api} ({type(error).__name__})") from None

    def _trouble(self, response: httpx.Response, what: str) -> TrackerTrouble:
        said = ""
        found = _json(response)
        if isinstance(found, dict):
            said = str(found.get("message") or "")[:SHOWN]
        hints = {
            401: "the token is not known there",
            403: "the token may not do that; meant: 'permissions: {issues: write}' in the workflow",
            404: "no such repository, or the token does not see it",
            410: "issues are switched off there",
        }
        hint = hints.get(response.status_code, "")
        if response.is_redirect:
            hint = "the repository was renamed or moved; meant: its present name"
        told = "; ".join(filter(None, (said, hint)))
        return TrackerTrouble(f"{what}: {self._api} answers {response.status_code}{f' ({told})' if told else ''}")


def token_of_environment() -> str:
    """Return the token that the environment holds, "" when it holds none."""
    return next((value for name in TOKENS if (value := os.environ.get(name, "").strip())), "")


def _graphql(api: str) -> str:
    """Return the address of the GraphQL API: of GitHub Enterprise Server it is not below that of REST."""
    return f"{api.removesuffix('/v3')}/graphql"


def _json(response: httpx.Response) -> Any:  # noqa: ANN401  # JSON
    try:
        return json.loads(response.content)
    except ValueError:
        return {}


def _issue(row: Mapping[str, Any]) -> Issue:
    try:
        return Issue(
            int(row["number"]),
            str(row["html_url"]),
            str(row.get("body") or ""),
            row["state"] == "open",
            _time(row["created_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrackerTrouble(f"an issue has another shape than GitHub's ({error!r})") from None


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
