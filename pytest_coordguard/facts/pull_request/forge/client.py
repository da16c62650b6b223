"""Asks GitHub, one request at a time: patient within bounds, to one host, and silent about the token."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_coordguard.facts.pull_request.forge.where import Where

if TYPE_CHECKING:
    import httpx

VERSION = "2022-11-28"  # of the interface: docs.github.com/rest/about-the-rest-api/api-versions
PAGES = 40  # of 100 rows; the longest list that GitHub gives, of files, has 30
TRIES = 3
PATIENCE = 90.0  # seconds that all waiting of one client takes at most
SECONDARY = 60.0  # seconds to wait where a limit does not say how long: docs.github.com, "rate limits for the REST API"
LARGEST = 50 * 1024 * 1024  # bytes of one answer
SECONDS = 20.0  # for one answer
NOT_MODIFIED, TOO_MANY, SERVER = 304, 429, 500


class ForgeError(Exception):
    """GitHub did not give what was asked for; the message says what, and holds no token."""


class Client:
    """One forge and one repository. Facts that several requests tell are as old as the first of them."""

    def __init__(
        self,
        where: Where,
        *,
        cache: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        import httpx

        self.where = where
        self._cache = cache
        self._sleep = sleep
        self._patience = PATIENCE
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {where.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": VERSION,
                "User-Agent": "pytest-coordguard",
            },
            timeout=SECONDS,
            follow_redirects=False,
            transport=transport,
            trust_env=transport is None,
        )

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401  # JSON
        """Return what lies at a path of the repository, as `pulls/7`.

        Raises:
            ForgeError: it was not given.

        """
        return self._get(self._url(path, params))[0]

    def pages(self, path: str, key: str = "", **params: str | int) -> list[Any]:
        """Return all rows of a list, page by page; `key` names it where it lies in an object.

        Raises:
            ForgeError: a page was not given, or there are more than `PAGES`.

        """
        url: str | None = self._url(path, {**params, "per_page": 100})
        rows: list[Any] = []
        for _ in range(PAGES):
            if url is None:
                return rows
            data, url = self._get(url)
            found = data.get(key) if key and isinstance(data, Mapping) else data
            if not isinstance(found, list):
                raise ForgeError(f"{path}: the answer is no list")
            rows += found
        if url is not None:
            raise ForgeError(f"{path}: has more than {PAGES} pages; the list is not whole")
        return rows

    def graphql(self, query: str, variables: Mapping[str, object]) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a query.

        Raises:
            ForgeError: it was not given, or not whole: GitHub says so with status 200 and `errors`.

        """
        answer = self._ask("POST", self.where.graphql, json={"query": query, "variables": dict(variables)})
        data = self._json(answer, "graphql")
        errors = data.get("errors") if isinstance(data, Mapping) else None
        if errors:
            first = errors[0] if isinstance(errors, list) else errors
            said = first.get("message") if isinstance(first, Mapping) else first
            raise ForgeError(f"graphql: {str(said)[:200]}")
        if not isinstance(data, Mapping) or not isinstance(data.get("data"), Mapping):
            raise ForgeError("graphql: the answer has no data")
        return data["data"]

    # -- one request ---------------------------------------------------------------------------------------

    def _url(self, path: str, params: Mapping[str, str | int]) -> str:
        import httpx

        return str(httpx.URL(f"{self.where.rest}/repos/{self.where.repository}/{path}", params=dict(params)))

    def _get(self, url: str) -> tuple[Any, str | None]:
        """Return an answer and where the next page lies. A page that has not changed costs nothing of the limit."""
        known = self._remembered(url)
        headers = {"If-None-Match": known["etag"]} if known else {}
        answer = self._ask("GET", url, headers=headers)
        if answer.status_code == NOT_MODIFIED and known:
            return known["body"], self._own(known["next"])
        data = self._json(answer, _shown(url))
        following = answer.links.get("next", {}).get("url")
        etag = answer.headers.get("etag", "")
        if etag:
            self._remember(url, {"etag": etag, "body": data, "next": following})
        return data, self._own(following)

    def _own(self, url: str | None) -> str | None:
        """Return where the next page lies, if it lies on the same host: the token is for no other.

        Raises:
            ForgeError: it lies elsewhere.

        """
        if url is None:
            return None
        here, there = urlsplit(self.where.rest), urlsplit(url)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise ForgeError(f"{_shown(url)}: the next page is said to lie on {there.netloc}, which is not asked")
        return url

    def _ask(self, method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401  # httpx's own
        import httpx

        told = ""
        for attempt in range(TRIES):
            try:
                answer = self._http.request(method, url, **options)
            except httpx.TransportError as error:
                told, wait = f"{_shown(url)}: {type(error).__name__}", 2.0**attempt
            else:
                wait = _wait(answer, attempt)
                if not wait:
                    return self._accepted(answer, url)
                told = f"{_shown(url)}: {_refusal(answer)}"
            if attempt == TRIES - 1 or wait > self._patience:
                break
            self._patience -= wait
            self._sleep(wait)
        raise ForgeError(told)

    def _accepted(self, answer: httpx.Response, url: str) -> httpx.Response:
        if answer.is_redirect and answer.status_code != NOT_MODIFIED:
            raise ForgeError(f"{_shown(url)}: has moved; name the repository as it is called now")
        if answer.status_code >= 400:  # noqa: PLR2004  an error by HTTP
            raise ForgeError(f"{_shown(url)}: {_refusal(answer)}")
        return answer

    @staticmethod
    def _json(answer: httpx.Response, place: str) -> Any:  # noqa: ANN401  # JSON
        if len(answer.content) > LARGEST:
            raise ForgeError(f"{place}: the answer has more than {LARGEST // 1024 // 1024} MB")
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise ForgeError(f"{place}: the answer is no JSON") from None

    # -- what was asked before ------------------------------------------------------------------------------

    def _file(self, url: str) -> Path | None:
        if self._cache is None:
            return None
        who = hashlib.sha256(self.where.token.encode()).hexdigest()
        return self._cache / f"{hashlib.sha256(f'{who} {url}'.encode()).hexdigest()}.json"

    def _remembered(self, url: str) -> dict[str, Any] | None:
        file = self._file(url)
        try:
            found = json.loads(file.read_bytes()) if file else None
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and {"etag", "body", "next"} <= found.keys() else None

    def _remember(self, url: str, what: Mapping[str, Any]) -> None:
        file = self._file(url)
        if file is None:
            return
        part = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_text(json.dumps(what), encoding="utf-8")
            part.replace(file)
        except OSError:  # a full disk costs a request, and no verdict
            part.unlink(missing_ok=True)


def _wait(answer: httpx.Response, attempt: int) -> float:
    """Return how long to wait before the same is asked again, in seconds; 0 when asking again would not help."""
    limited = answer.status_code in (403, TOO_MANY)
    if limited and (after := answer.headers.get("retry-after", "")).isdigit():
        return max(1.0, float(after))
    if limited and answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        return max(1.0, float(reset) - time.time()) if reset.isdigit() else SECONDARY
    if answer.status_code == TOO_MANY or (limited and b"secondary rate limit" in answer.content):
        return SECONDARY
    return 2.0**attempt if answer.status_code >= SERVER else 0.0


def _refusal(answer: httpx.Response) -> str:
    try:
        said = answer.json().get("message", "")
    except (ValueError, AttributeError, RecursionError):
        said = ""
    words = {401: "the token is not accepted", 403: "the token may not", 404: "not found, or the token may not see it"}
    told = words.get(answer.status_code, answer.reason_phrase)
    return f"{answer.status_code} ({told})" + (f": {str(said)[:200]}" if said else "")


def _shown(url: str) -> str:
    """Return a URL without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"
