"""How a plan says where the running service is, how it is started, and who calls it. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

FRESH = "{fresh}"  # in a template: another text for each caller


@dataclass(frozen=True, slots=True)
class Auth:
    """The token of a caller: one of `env`, `token`, `golden`."""

    env: str = ""  # the variable of the judge's environment that holds it
    token: str = ""  # as it is sent; `{fresh}` in it is another text for each caller
    golden: str | None = None  # scopes of a golden token, another one for each caller; "": one without scopes
    shape: Literal["opaque", "jwt"] = "opaque"  # of golden tokens
    seed: str = ""  # of golden tokens; "": another one for each caller
    header: str = "Authorization"
    scheme: str = "Bearer"  # before the token; "": the token alone


@dataclass(frozen=True, slots=True)
class Service:
    """How live criteria reach the running system: one of `asgi`, `serve`, `url`."""

    asgi: str = ""
    serve: str = ""
    url: str = ""
    ready: str = "/"  # answers 2xx when it is up
    within_seconds: float = 60.0  # for the start, `beside` included
    env: Mapping[str, str] = field(default_factory=dict)  # differs from the configuration that ships
    cwd: str = "."
    python: str = ""  # "": that of the repository's own tests
    beside: Mapping[str, str] = field(default_factory=dict)  # name -> a command that the service needs, as a store
    allow_hosts: tuple[str, ...] = ()  # beside those of the loopback
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # of every request
    metrics: str = "/metrics"
    healthz: str = "/healthz"

    def allows(self, url: str) -> bool:
        """Tell whether requests may go there: to the loopback, and to the hosts that the plan names."""
        host = host_of(url)
        return is_loopback(host) or host in {allowed.lower() for allowed in self.allow_hosts}


def host_of(url: str) -> str:
    """Return a URL's host in lower case, "" when it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: RFC 6761, section 6.3, and RFC 1122, section 3.2.1.3."""
    numbers = host.split(".")
    is_address = len(numbers) == 4 and all(number.isdigit() and int(number) < 256 for number in numbers)  # noqa: PLR2004
    return host in ("localhost", "::1") or (is_address and numbers[0] == "127")
