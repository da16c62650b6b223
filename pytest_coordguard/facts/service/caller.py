"""One caller of a service: a token, and the headers that go with it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from pytest_coordguard.domain.ask import GARBAGE, Ask, ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.reply import Reply, Stream
from pytest_coordguard.domain.service import FRESH, Auth, Service
from pytest_coordguard.facts.service import probe

Who = Auth | Literal["plan", "none", "garbage"]


class Caller:
    """Asks as one and the same caller; `facts.service.Service` makes a new one for each question."""

    def __init__(
        self, base: str, headers: Mapping[str, str], hidden: str = "", gone: Callable[[], tuple[str, str]] | None = None
    ) -> None:
        self.base = base  # of its URLs
        self._gone = gone  # how the service has ended, and what it said last
        self.headers = dict(headers)
        self.hidden = hidden  # what no excerpt of an answer may show

    def send(self, asked: Ask) -> Reply:
        """Ask once and return the answer; `asked.auth` makes no difference here.

        Raises:
            NoAnswer: there was none.

        """
        with self._told():
            return replace(probe.send(self.base, asked, self.headers), hidden=self.hidden)

    def stream(self, asked: Ask, *, most: int = probe.EVENTS, seconds: float = probe.WHOLE) -> Stream:
        """Ask once and read the answer as a stream of events.

        Raises:
            NoAnswer: there was none.

        """
        with self._told():
            stream = probe.stream(self.base, asked, self.headers, most=most, seconds=seconds)
        return replace(stream, reply=replace(stream.reply, hidden=self.hidden))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of a question without an answer when that is because the service has ended."""
        try:
            yield
        except probe.NoAnswer as error:
            ending, last = self._gone() if self._gone else ("", "")
            if not ending:
                raise
            raise probe.NoAnswer(error.ask, f"{error.why}; the service {ending}", last) from error

    def get(self, path: str, **headers: str) -> Reply:
        """Ask with GET."""
        return self.send(ask(f"GET {path}").with_headers(**headers))

    def post(self, path: str, data: object, **headers: str) -> Reply:
        """Ask with POST and a JSON body."""
        return self.send(ask(f"POST {path}").with_json(data).with_headers(**headers))


def headers_of(settings: Service, who: Who = "plan") -> dict[str, str]:
    """Return the headers of a new caller; each template and golden token differs from those before.

    Raises:
        CannotJudge: the plan takes the token from a variable that is not there.

    """
    fresh = secrets.token_hex(8)
    headers = {name: value.replace(FRESH, fresh) for name, value in settings.headers.items()}
    auth = settings.auth if who == "plan" or who == "garbage" else None if who == "none" else who  # noqa: PLR1714
    if auth is None and who == "garbage":
        auth = Auth()
    if auth is None:
        return headers
    token = GARBAGE if who == "garbage" else _token(auth, fresh)
    return headers | {auth.header: f"{auth.scheme} {token}".strip()}


def _token(auth: Auth, fresh: str) -> str:
    if auth.golden is not None:
        from pytest_coordguard.golden import golden_token

        return golden_token(auth.golden, seed=auth.seed or fresh, shape=auth.shape)
    if auth.token:
        return auth.token.replace(FRESH, fresh)
    return secret_of(auth)


def secret_of(auth: Auth) -> str:
    """Return the token that the environment holds.

    Raises:
        CannotJudge: it holds none.

    """
    value = os.environ.get(auth.env, "")
    if not value:
        raise CannotJudge(f"auth: no variable {auth.env} in the environment; meant: the token of a caller")
    return value
