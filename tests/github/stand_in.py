"""The server: answers from the world, keeps what was asked, and judges both by GitHub's own description."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from github import routes  # noqa: F401 (registers its routes)
from github.answers import ROUTES, Answer, Call, missing, refused
from github.description import description
from github.weather import JSON, Trouble
from github.world import World

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
MOST_A_PAGE, DEFAULT_A_PAGE = 100, 30
ENTERPRISE = "/api/v3"  # before each path of GitHub Enterprise Server


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int  # of the answer


@dataclass
class StandIn:
    """A running stand-in. `violations` must be empty when a test ends."""

    world: World
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    weather: list[Trouble] = field(default_factory=list)
    limits: bool = True  # whether rate limit headers are sent; GitHub Enterprise Server does not by default
    remaining: int = 5000
    before_answer: Callable[[str, str], None] = lambda _method, _path: None  # what happens meanwhile
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def enterprise_url(self) -> str:
        """The same, as GitHub Enterprise Server has it."""
        return self.url + ENTERPRISE

    def token(self, login: str, permission: str = "write") -> str:
        """Return a token of an account, made up now."""
        text = "ghs_" + hashlib.sha256(f"{login} {self.url}".encode()).hexdigest()[:36]
        self.world.user(login, permission)
        self.world.tokens[text] = login
        return text

    def writes(self) -> list[tuple[str, str]]:
        """Return method and path of all that changed something, in order."""
        return [(each.method, each.path) for each in self.asked if each.method != "GET" and "graphql" not in each.path]

    def answer(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: Any) -> Answer:
        """Answer one request; one at a time."""
        with self._lock:
            self.before_answer(method, path)
            login = self.world.tokens.get(headers.get("authorization", "").partition(" ")[2])
            if login is None:
                return refused(401, "Bad credentials")
            user = self.world.users[login]
            if path == "/graphql":
                from github.graph import answered

                return Answer(answered(self.world, body, user))
            found = _route(method, path)
            if found is None:
                return missing()
            template, names = found
            if (
                names.get("owner", self.world.owner) != self.world.owner
                or names.get("repo", self.world.name) != self.world.name
            ):
                return missing()
            self.violations += description().request_troubles(method, template, query, body)
            call = Call(self.world, method, template, names, query, body, user, self.url)
            answer = _page(ROUTES[method, template](call), call, path)
            self.violations += description().answer_troubles(method, template, answer.status, answer.body)
            return answer


def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of a path; `ref` and `path` may hold slashes."""
    parts = re.split(r"\{(\w+)\}", template)
    names = [f"(?P<{name}>{'.+' if name in {'ref', 'path'} else '[^/]+'})" for name in parts[1::2]]
    return re.compile(
        "".join(re.escape(text) + name for text, name in zip(parts[::2], [*names, ""], strict=True)) + r"\Z"
    )


_PATTERNS = [
    (method, template, _pattern(template)) for method, template in sorted(ROUTES, key=lambda key: -len(key[1]))
]


def _route(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    for known, template, pattern in _PATTERNS:
        if known == method and (found := pattern.match(path)):
            return template, {name: unquote(text) for name, text in found.groupdict().items()}
    return None


def _page(answer: Answer, call: Call, path: str) -> Answer:
    """Cut a list into the page that was asked for, and link to the others."""
    if answer.items is None:
        return answer
    size = min(int(call.query.get("per_page", DEFAULT_A_PAGE)) or DEFAULT_A_PAGE, MOST_A_PAGE)
    page, last = int(call.query.get("page", 1)), max(-(-len(answer.items) // size), 1)

    def link(number: int, relation: str) -> str:
        query = urlencode({**call.query, "page": number})
        return f'<{call.base_url}{path}?{query}>; rel="{relation}"'

    links = [link(page - 1, "prev"), link(1, "first")] if page > 1 else []
    links += [link(page + 1, "next"), link(last, "last")] if page < last else []
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(answer.body(answer.items[(page - 1) * size : page * size]), answer.status, headers=headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def log_message(self, *arguments) -> None:
        """Stay quiet: what was asked is kept in `asked`."""

    def handle_request(self) -> None:
        url = urlsplit(self.path)
        path = url.path.removeprefix(ENTERPRISE) if url.path.startswith(ENTERPRISE) else url.path
        path = "/graphql" if path == "/api/graphql" else path
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        trouble = next((each for each in self.stand_in.weather if each.strikes(self.command, path)), None)
        if trouble:
            self._keep(path, url.query, headers, sent, trouble.status)
            self._struck(trouble)
            return
        try:
            body = json.loads(sent) if sent else None
        except ValueError:
            answer = refused(400, "Problems parsing JSON")
        else:
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            answer = self.stand_in.answer(self.command, path, query, headers, body)
        self._keep(path, url.query, headers, sent, answer.status)
        self._send(answer, headers)

    def _keep(self, path: str, query: str, headers: dict[str, str], sent: bytes, status: int) -> None:
        try:
            body = json.loads(sent) if sent else None
        except ValueError:
            body = sent
        self.stand_in.asked.append(Asked(self.command, path, dict(parse_qsl(query)), headers, body, status))

    def _send(self, answer: Answer, headers: dict[str, str]) -> None:
        text = json.dumps(answer.body).encode()
        etag = f'W/"{hashlib.sha256(text).hexdigest()[:32]}"'
        same = self.command == "GET" and answer.status == 200 and headers.get("if-none-match") == etag
        if not same:
            self.stand_in.remaining -= 1
        self.send_response(304 if same else answer.status)
        for name, value in {
            **self._limits(),
            **answer.headers,
            "ETag": etag,
            "X-GitHub-Media-Type": "github.v3",
        }.items():
            self.send_header(name, value)
        if not same:
            self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", "0" if same else str(len(text)))
        self.end_headers()
        self.wfile.write(b"" if same else text)

    def _limits(self) -> dict[str, str]:
        if not self.stand_in.limits:
            return {}
        left = self.stand_in.remaining
        known = {"Limit": "5000", "Remaining": left, "Used": 5000 - left, "Reset": "4102444800", "Resource": "core"}
        return {f"X-RateLimit-{name}": str(value) for name, value in known.items()}

    def _struck(self, trouble: Trouble) -> None:
        if trouble.hangs_seconds:
            self.stand_in_stops.wait(trouble.hangs_seconds)
            self.close_connection = True
            return
        text = trouble.body.encode()
        self.send_response(trouble.status)
        self.send_header("Content-Type", trouble.content_type)
        self.send_header("Content-Length", str(len(text) + (100 if trouble.cuts else 0)))
        for name, value in trouble.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        self.close_connection = self.close_connection or trouble.cuts

    stand_in_stops: threading.Event


@contextmanager
def running(world: World) -> Iterator[StandIn]:
    """Run a stand-in on a free port of this machine alone."""
    stand_in, stops = StandIn(world), threading.Event()
    methods = {f"do_{method}": _Handler.handle_request for method in METHODS}
    handler = type("Handler", (_Handler,), {"stand_in": stand_in, "stand_in_stops": stops, **methods})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stops.set()
        server.shutdown()
        server.server_close()
        thread.join()
