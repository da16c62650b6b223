"""Asks a Prometheus over its HTTP API. Its data goes out, or its own words on why there is none.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.reply import NotJson, Reply
from pytest_coordguard.domain.service import host_of, is_loopback
from pytest_coordguard.domain.slo import Result, Sample
from pytest_coordguard.facts.service.probe import NoAnswer, send

if TYPE_CHECKING:
    from pytest_coordguard.domain.wire import Fault
    from pytest_coordguard.facts.service.proxy import Proxy

PATIENCE = "4s"  # for one query; Prometheus gives up before we do, and says so
SHOWN = 300  # characters of a foreign message
REFUSED = (400, 422)  # a query that is none, or that cannot be executed


class Refused(CannotJudge):
    """Prometheus does not take the query; its own words are the message."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One server, at its base URL."""

    url: str
    token: str = ""
    via: Callable[[str], str] = str  # where it is to be reached instead, in a proof

    def query(self, expression: str, at: float) -> Result:
        """Return what an instant query gives at a time (seconds since the epoch).

        Raises:
            Refused: the query is none, or cannot be executed.
            CannotJudge: no Prometheus answers there.

        """
        reply = self._ask({"query": expression, "time": f"{at:.3f}", "timeout": PATIENCE})
        document = _document(reply, self.url)
        if reply.status in REFUSED:
            raise Refused(str(document.get("error", "no reason given"))[:SHOWN])
        if reply.status != 200 or document.get("status") != "success":  # noqa: PLR2004  # RFC 9110, 15.3.1
            why = f"{document.get('errorType', '')}: {document.get('error', '')}".strip(": ")
            raise CannotJudge(f"{self.url} answers {reply.status} {why[:SHOWN]}".rstrip())
        return _result(document, self.url)

    def _ask(self, fields: Mapping[str, str]) -> Reply:
        asked = Ask("POST", "/api/v1/query", urlencode(fields).encode(), "application/x-www-form-urlencoded")
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            reply = send(self.via(self.url).rstrip("/"), asked, headers)
        except NoAnswer as error:
            raise CannotJudge(f"no Prometheus at {self.url} ({error.why})") from error
        if 300 <= reply.status < 400:  # noqa: PLR2004  # RFC 9110, 15.4
            to = reply.header("location")[:SHOWN]
            raise CannotJudge(f"{self.url} leads elsewhere ({reply.status} to {to}); meant: its own address")
        if reply.status in (401, 403):
            raise CannotJudge(f"{self.url} answers {reply.status}: it wants other credentials (token_env)")
        return reply


def _document(reply: Reply, url: str) -> dict[str, Any]:
    try:
        found = reply.json()
    except NotJson as error:
        kind = reply.media_type or "no media type"
        raise CannotJudge(f"{url} is no Prometheus: it answers {reply.status} with {kind}") from error
    if not isinstance(found, dict) or "status" not in found:
        raise CannotJudge(f"{url} is no Prometheus: its JSON has no 'status' (it answers {reply.status})")
    return found


def _result(document: dict[str, Any], url: str) -> Result:
    try:
        data = document["data"]
        kind, rows = str(data["resultType"]), data["result"]
        samples = _samples(kind, rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotJudge(f"{url} is no Prometheus: its answer has another shape ({error!r})") from error
    return Result(kind, samples, _texts(document, "warnings"), _texts(document, "infos"))


def _samples(kind: str, rows: Any) -> tuple[Sample, ...]:  # noqa: ANN401  # JSON
    if kind == "scalar":
        return (_sample(rows, {}),)
    if kind == "vector":
        return tuple(_sample(row["value"], row["metric"]) for row in rows if "value" in row)
    return ()


def _sample(pair: Sequence[Any], labels: dict[str, str]) -> Sample:
    at, value = pair
    return Sample(float(value), float(at), dict(labels))


def _texts(document: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(text)[:SHOWN] for text in document.get(key) or ())


class Monitoring:
    """Where guardrails get at a Prometheus: the fixture `monitoring`."""

    def __init__(self, via: Callable[[str], str] = str, proxies: Mapping[str, Proxy] | None = None) -> None:
        self._via = via
        self._proxies = {} if proxies is None else proxies  # filled as servers are asked

    @property
    def spoilt(self) -> int:
        """How many answers a fault between has changed."""
        return sum(proxy.spoilt for proxy in self._proxies.values())

    def at(self, url: str, allow_hosts: Sequence[str] = (), token_env: str = "") -> Prometheus:
        """Return the server at a URL.

        Raises:
            CannotJudge: it is none that may be asked, or its token is missing.

        """
        return Prometheus(url, _token(url, allow_hosts, token_env), self._via)

    @contextmanager
    def through(self, fault: Fault) -> Iterator[Monitoring]:
        """Give the same servers with a fault between."""
        from pytest_coordguard.facts.service.proxy import Proxy

        with ExitStack() as stack:
            proxies: dict[str, Proxy] = {}

            def via(url: str) -> str:
                if url not in proxies:
                    proxies[url] = stack.enter_context(Proxy(fault, lambda: url))
                return proxies[url].url

            yield Monitoring(via, proxies)


def _token(url: str, allow_hosts: Sequence[str], token_env: str) -> str:
    host = host_of(url)
    if not host or not url.startswith(("http://", "https://")):
        raise CannotJudge(f"prometheus: {url!r} is no URL; meant: as http://127.0.0.1:9090")
    if "@" in urlsplit(url).netloc:
        raise CannotJudge("prometheus: a URL with credentials in it; meant: token_env, the variable that holds them")
    here = is_loopback(host)
    if not here and host not in {allowed.lower() for allowed in allow_hosts}:
        raise CannotJudge(f"prometheus: {host!r} is not this machine; meant: 'allow_hosts: [{host}]' beside it")
    if not token_env:
        return ""
    if not here and not url.startswith("https://"):
        raise CannotJudge(f"prometheus: {url} would carry the token of {token_env} in clear; meant: https")
    if not (token := os.environ.get(token_env, "")):
        raise CannotJudge(f"token_env: the variable {token_env} is not set")
    return token
