"""The keys of a plan's `service`, and what they must have to do with one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import shown
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.record_type import Fields, Key, Record
from pytest_coordguard.domain.service import Auth, Service, host_of
from pytest_coordguard.domain.text_types import SECONDS, TEXT, WORDS, path
from pytest_coordguard.domain.value_types import Choice, ListOf, MapOf, Text

_VARIABLE = Text("the name of a variable, as MODE", r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = Text("the name of a header, as X-Tenant", r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PATH = Text("a path of the service, as /healthz", r"/[^\x00-\x20\x7f]*")
_HOST = Text("a host without scheme and port, as staging.example.org", r"[A-Za-z0-9.:-]+")
_BESIDE = Text("a name that {…} can hold, as redis", r"(?!(?:port|python|scratch|fresh)$)[a-z][a-z0-9_]*")
_COMMAND = Text(
    "a command with {port}, as uvicorn app:app --port {port}",
    r"(?=[\s\S]*\{port\})(?![\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])[\s\S]+",
    make=lambda text: " ".join(text.split()),
    trouble=lambda text: "which leaves no place for {port}" if "{port}" not in text else "with a control character",
)

AUTH = Record(
    "'auth'",
    {
        "env": Key(_VARIABLE, "The variable of the judge's environment that holds the token."),
        "token": Key(WORDS, "The token itself, for services that take any; {fresh} in it differs from call to call."),
        "golden": Key(TEXT, "Scopes of a golden token, as models:read; another token for each call."),
        "shape": Key(Choice(("opaque", "jwt")), "Of golden tokens.", default=Auth().shape),
        "seed": Key(TEXT, "Of golden tokens, where the service knows only some; without this key, all differ."),
        "header": Key(_HEADER, "The header that carries it.", default=Auth().header),
        "scheme": Key(TEXT, "Before the token; empty text: the token alone.", default=Auth().scheme),
    },
    one_of=("env", "token", "golden"),
)
SERVICE = Record(
    "'service'",
    {
        "asgi": Key(
            Text(
                "module:name of an ASGI application or of what makes one",
                r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*",
            ),
            "An ASGI application, started under uvicorn: package.module:app.",
        ),
        "serve": Key(_COMMAND, "A command that serves it on {port}."),
        "url": Key(Text("a URL, as http://127.0.0.1:8000", r"https?://[^\x00-\x20\x7f]+"), "Where it runs already."),
        "ready": Key(_PATH, "Answers 2xx when it is up.", default=Service().ready),
        "within": Key(SECONDS, "How long the start may take.", default=f"{Service().within_seconds:g}s"),
        "env": Key(MapOf(TEXT, _VARIABLE), "Added to the environment, which is otherwise scrubbed; told in reports."),
        "cwd": Key(path(RepoPath, "a folder of the repository, as backend"), "Where it is started."),
        "python": Key(WORDS, "The interpreter of asgi and of {python}; without this key, that of the runner."),
        "beside": Key(MapOf(_COMMAND, _BESIDE), "Commands that it needs, as a store; {name} is then their port."),
        "allow_hosts": Key(ListOf(_HOST), "Hosts that may be called beside this machine."),
        "auth": Key(AUTH, "The token of a caller."),
        "headers": Key(MapOf(TEXT, _HEADER), "Sent with every request; {fresh} in one differs from call to call."),
        "metrics": Key(_PATH, "Where its metrics are.", default=Service().metrics),
        "healthz": Key(_PATH, "Where its health is.", default=Service().healthz),
    },
    one_of=("asgi", "serve", "url"),
)
_OF_A_START = ("within", "env", "cwd", "python", "beside")


def check_service(plan: Fields, faults: Faults) -> None:
    """Note keys of `service` that have nothing to do there, and a host that may not be called."""
    read = plan.values.get("service")
    if isinstance(read, Fields):
        check_url(read, faults)


def check_url(read: Fields, faults: Faults) -> None:
    """Note the same of one service that was read."""
    if "url" not in read.values or len({*SERVICE.one_of} & {*read.lines}) > 1:
        return
    for name in _OF_A_START:
        if name in read.values and name != "within":
            faults.refer(read.lines[name], f"{name!r} has no use beside 'url', which starts nothing; meant: serve?")
    url = read.values["url"]
    if not service_of(read).allows(url):
        host = host_of(url)
        faults.refer(read.lines["url"], f"{shown(host)} is not this machine; meant: 'allow_hosts: [{host}]' beside it")


def service_of(read: Fields) -> Service:
    """Return the service that was read."""
    values: dict[str, Any] = read.given(*_but(SERVICE, "within", "auth"), within_seconds="within")
    auth = read.values.get("auth")
    return Service(**values, auth=auth_of(auth) if isinstance(auth, Fields) else None)


def auth_of(read: Fields) -> Auth:
    """Return the caller that was read."""
    return Auth(**read.given(*_but(AUTH)))


def _but(record: Record, *left_out: str) -> Iterable[str]:
    return [name for name in record.keys if name not in left_out]
