"""Which forge is asked, for which repository, and by which token. A token goes to no host that it is not meant for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pytest_coordguard.facts import git

GITHUB = "github.com"
LOCAL = ("127.0.0.1", "localhost", "::1")
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
# The forms of a remote: git-fetch(1), GIT URLS.
REMOTE = re.compile(r"(?:[a-z+]+://(?:[^@/]*@)?|(?:[^@/:]+@))([^/:]+)(?::\d+)?[:/]+(.+?)(?:\.git)?/?")
TOKENS = ("COORDGUARD_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")  # in this order
ENTERPRISE = ("COORDGUARD_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
ALL_TOKENS = tuple(dict.fromkeys((*TOKENS, *ENTERPRISE)))
SECONDS = 10  # for `gh auth token`, which reads a file


@dataclass(frozen=True, slots=True)
class Where:
    """A forge and a repository on it."""

    repository: str  # owner/name
    rest: str  # base URL, without a "/" at its end
    graphql: str
    token: str = field(repr=False)  # "" when there is none


class Unasked(Exception):
    """No forge is asked; the message says why and what to do."""


def where(root: Path, token_env: str = "", environ: Mapping[str, str] | None = None) -> Where:
    """Return which forge to ask, for the repository around `root`.

    Args:
        root: the repository; its remote `upstream`, or `origin`, tells the rest where no variable does.
        token_env: the variable that holds the token, where it is another one than the usual.
        environ: the environment; this process's own when left out.

    Raises:
        Unasked: the repository is not known, or there is no token for its host.

    """
    env = os.environ if environ is None else environ
    host, repository = _remote(root)
    repository = env.get("GITHUB_REPOSITORY", "") or repository
    if not REPOSITORY.fullmatch(repository):
        raise Unasked("neither GITHUB_REPOSITORY nor a remote tells the repository on GitHub")
    rest = (env.get("GITHUB_API_URL", "") or _api_of(host)).rstrip("/")
    _require_safe(rest)
    host = urlsplit(rest).hostname or host
    is_named = bool(env.get("GITHUB_API_URL")) or host == f"api.{GITHUB}"
    token = _token(env, token_env, host, named=is_named)
    if not token:
        raise Unasked(f"there is no token to ask {host}; set GITHUB_TOKEN, or log in with `gh auth login`")
    graphql = env.get("GITHUB_GRAPHQL_URL", "").rstrip("/") or _graphql_of(rest)
    if urlsplit(graphql).netloc != urlsplit(rest).netloc:
        raise Unasked("GITHUB_API_URL and GITHUB_GRAPHQL_URL name two hosts; a token is for one")
    return Where(repository, rest, graphql, token)


def _remote(root: Path) -> tuple[str, str]:
    for name in ("upstream", "origin"):
        raw = git.output(root, "config", "--get", f"remote.{name}.url")
        found = REMOTE.fullmatch(raw.decode("utf-8", "replace").strip()) if raw else None
        if found:
            return found[1].lower(), found[2]
    return "", ""


def _api_of(host: str) -> str:
    """Return the base URL of a host: github.com, one of GitHub's own (SUB.ghe.com), or a server of the company."""
    if host in {"", GITHUB, f"ssh.{GITHUB}"}:
        return f"https://api.{GITHUB}"
    return f"https://api.{host}" if host.endswith(".ghe.com") else f"https://{host}/api/v3"


def _graphql_of(rest: str) -> str:
    return f"{rest.removesuffix('/v3')}/graphql" if rest.endswith("/api/v3") else f"{rest}/graphql"


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise Unasked(f"GITHUB_API_URL: {parts.scheme}://{parts.hostname} is not asked: a token goes over https alone")


def _token(env: Mapping[str, str], token_env: str, host: str, *, named: bool) -> str:
    """Return the token for a host; that of github.com is sent nowhere that a remote alone names."""
    names = (token_env,) if token_env else TOKENS if named else ENTERPRISE
    for name in (*names, *(ENTERPRISE if named and not token_env else ())):
        if env.get(name, "").strip():
            return env[name].strip()
    return "" if token_env else _token_of_gh(host.removeprefix("api."))


def _token_of_gh(host: str) -> str:
    if shutil.which("gh") is None:
        return ""
    try:
        done = subprocess.run(
            ["gh", "auth", "token", "--hostname", host], capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""
