"""Which GitHub is meant, and with which token: what the environment says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pytest_coordguard.domain.finding import CannotJudge

PUBLIC = "https://api.github.com"
TOKENS = ("COORDGUARD_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")  # the first that is set
ENTERPRISE_TOKEN = "GH_ENTERPRISE_TOKEN"  # noqa: S105 (a variable's name)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Host:
    """One GitHub and the token for it, which no representation shows."""

    api_url: str
    graphql_url: str
    token: str = field(repr=False)

    def scrubbed(self, text: str) -> str:
        """Return a text without the token."""
        return text.replace(self.token, "[token]") if self.token else text


def host(environ: Mapping[str, str], token_variable: str = "") -> Host:
    """Return the host that the environment names (`GITHUB_API_URL`), GitHub's own where it names none.

    Raises:
        CannotJudge: there is no token, or it would travel unencrypted.

    """
    api_url = (environ.get("GITHUB_API_URL") or PUBLIC).rstrip("/")
    parts = urlsplit(api_url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise CannotJudge(f"GITHUB_API_URL is {api_url!r}; meant: an address with https, or the token travels readable")
    if parts.username or parts.query or parts.fragment or not parts.hostname:
        raise CannotJudge("GITHUB_API_URL is no plain address; meant: scheme, host and path, as https://HOST/api/v3")
    known = (ENTERPRISE_TOKEN,) if parts.hostname != urlsplit(PUBLIC).hostname else ()
    names = (token_variable,) if token_variable else (TOKENS[0], *known, *TOKENS[1:])
    token = next((text for name in names if (text := environ.get(name, "").strip())), "")
    if not token or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise CannotJudge(f"no usable token in {' or '.join(names)}; nothing is asked of GitHub without one")
    enterprise = api_url.removesuffix("/api/v3") + "/api/graphql" if api_url.endswith("/api/v3") else ""
    return Host(api_url, environ.get("GITHUB_GRAPHQL_URL") or enterprise or f"{api_url}/graphql", token)


def repository_name(text: str) -> str:
    """Return the name of a repository as it stands in addresses.

    Raises:
        CannotJudge: it is none.

    """
    if not _REPOSITORY.fullmatch(text) or text.endswith(("/.", "/..")):
        raise CannotJudge(f"{text!r} is no repository; meant: owner/name, as GITHUB_REPOSITORY has it")
    return text
