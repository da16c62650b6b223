"""Requests to GitHub, one after the other: waits when it is told to, leaves the host for nobody, tells no token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.github.host import Host
from pytest_coordguard.facts.github.limits import LONGEST, TRIES, is_limit, wait_seconds

if TYPE_CHECKING:
    import httpx

VERSION = "2022-11-28"  # of the API: docs.github.com/rest/about-the-rest-api/api-versions
SECONDS = 20.0  # for one answer
BETWEEN_WRITES = (
    1.0  # seconds: docs.github.com/rest/using-the-rest-api/best-practices, "pause between mutative requests"
)
MOST_PAGES = 100
OK, REDIRECT, CLIENT_ERROR = 200, 300, 400
LONGEST_REASON = 300  # characters of what GitHub says


class GitHubError(CannotJudge):
    """GitHub refused, or did not answer; the message says what was asked and what came."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status  # None: no answer came, and what was asked may have happened or not
        super().__init__(message)


class Connection:
    """A connection to one GitHub. Use it in a `with`."""

    def __init__(self, host: Host, *, pause: Callable[[float], None] = time.sleep, seconds: float = SECONDS) -> None:
        self.host = host
        self._pause = pause
        self._seconds = seconds
        self._client: httpx.Client | None = None
        self._wrote = False

    def __enter__(self) -> Self:
        import httpx

        headers = {
            "Authorization": f"Bearer {self.host.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "pytest-coordguard",
        }
        # no trust_env: a proxy or netrc of the machine must not see the token, nor put another in its place
        self._client = httpx.Client(headers=headers, timeout=self._seconds, trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 (JSON)
        """Return what GitHub answers to a question.

        Raises:
            GitHubError: it refused or did not answer.

        """
        return self._json("GET", self._asked("GET", self._url(path), query=query, repeats=True))

    def write(self, method: str, path: str, body: Mapping[str, object], *, repeats: bool) -> Any:  # noqa: ANN401 (JSON)
        """Change something, a second after the last change at the earliest, and return the answer.

        Args:
            method: POST, PATCH or PUT.
            path: below the API's address.
            body: is sent as JSON.
            repeats: whether doing it twice is the same as doing it once; only then is it tried again after an
                answer that leaves open whether it was done.

        Raises:
            GitHubError: it refused or did not answer.

        """
        if self._wrote:
            self._pause(BETWEEN_WRITES)
        self._wrote = True
        return self._json(method, self._asked(method, self._url(path), body=body, repeats=repeats))

    def query(self, text: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the data of a GraphQL query; half an answer is none.

        Raises:
            GitHubError: it refused, did not answer, or answered with errors.

        """
        found = self._json("POST", self._asked("POST", self.host.graphql_url, body={"query": text}, repeats=True))
        if not isinstance(found, dict) or found.get("errors") or not isinstance(found.get("data"), dict):
            raise self._error("POST", self.host.graphql_url, f"answered with errors: {_told(found)}", OK)
        return found["data"]

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield the items of a list, page by page; never from another host.

        Raises:
            GitHubError: it refused or did not answer, an answer is no list, or the pages do not end.

        """
        url: str | None = self._url(path)
        asked: Mapping[str, str | int] = {"per_page": 100, **query}
        for _ in range(MOST_PAGES):
            if url is None:
                return
            answer = self._asked("GET", url, query=asked, repeats=True)
            found = self._json("GET", answer)
            if not isinstance(found, list):
                raise self._error("GET", url, "answered no list", OK)
            yield from found
            url, asked = answer.links.get("next", {}).get("url"), {}
            if url is not None and not self._is_here(url):
                raise self._error("GET", path, "has its next page on another host", OK)
        if url is not None:
            raise self._error("GET", path, f"has more than {MOST_PAGES} pages", OK)

    # -- one request ---------------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return f"{self.host.api_url}/{path.lstrip('/')}"

    def _is_here(self, url: str) -> bool:
        wanted, found = urlsplit(self.host.api_url), urlsplit(url)
        return (wanted.scheme, wanted.netloc) == (found.scheme, found.netloc) and not found.username

    def _asked(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
        repeats: bool,
    ) -> httpx.Response:
        """Ask until there is an answer that waiting does not better."""
        for attempt in range(TRIES):
            answer = self._once(method, url, query, body)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            status, text = answer.status_code, answer.text
            wait = wait_seconds(status, headers, text, attempt=attempt, now=time.time())
            if wait is None or not (repeats or is_limit(status, headers, text)) or attempt == TRIES - 1:
                break
            if wait > LONGEST:
                raise self._error(method, url, f"is over its limit for {wait:.0f} s more; come back then", status)
            self._pause(wait)
        return self._accepted(method, url, answer)

    def _once(
        self, method: str, url: str, query: Mapping[str, str | int] | None, body: Mapping[str, object] | None
    ) -> httpx.Response:
        import httpx

        assert self._client is not None, "a Connection is used in a with"
        try:
            return self._client.request(method, url, params=query or None, json=body)
        except httpx.TimeoutException:
            raise self._error(method, url, f"no answer within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._error(method, url, f"no answer ({error or type(error).__name__})") from None

    def _accepted(self, method: str, url: str, answer: httpx.Response) -> httpx.Response:
        status = answer.status_code
        if status < REDIRECT:
            return answer
        if status < CLIENT_ERROR:
            raise self._error(method, url, f"{status}, leads elsewhere, and a token follows nobody", status)
        try:
            said = _told(answer.json())
        except ValueError:
            said = "no reason given"
        raise self._error(method, url, f"{status}, {said}", status)

    def _json(self, method: str, answer: httpx.Response) -> Any:  # noqa: ANN401 (JSON)
        try:
            return answer.json()
        except ValueError:
            raise self._error(method, str(answer.url), "answered no JSON", answer.status_code) from None

    def _error(self, method: str, url: str, said: str, status: int | None = None) -> GitHubError:
        where = url.removeprefix(self.host.api_url).partition("?")[0]
        return GitHubError(self.host.scrubbed(f"GitHub: {method} {where}: {said}"), status)


def _told(found: object) -> str:
    """Return what GitHub says of an error, on one line and not too long."""
    if not isinstance(found, dict):
        return "no reason given"
    inner = [each for each in found.get("errors") or () if isinstance(each, dict)]
    parts = [str(each["message"]) for each in (found, *inner) if each.get("message")]
    return " ".join("; ".join(parts).split())[:LONGEST_REASON] or "no reason given"
