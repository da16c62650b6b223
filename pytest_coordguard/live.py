"""The page while a run goes on: a server on loopback that reads, and never writes. An edge.

A browser asks for `/`, then listens at `/events`, which tells the revision of what lies on disk: it changes with the
status file, with each verdict in a journal, with the record of runs, the plan and the refs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from pytest_coordguard import __version__
from pytest_coordguard.chronicle import history_folder
from pytest_coordguard.commands.common import Here, Trouble, here
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.work import Pulls, Work
from pytest_coordguard.facts import git
from pytest_coordguard.lookout import look_around, work_on

HOST = "127.0.0.1"
LONG, REST = 0.5, 4.0  # seconds; so many times as long as a page took that is longer in the making
PAUSE = 0.5  # seconds between two looks at the disk while someone listens
ALIVE = 15.0  # seconds after which a line is sent that says nothing: else nobody notices that a listener has gone
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Board:
    """What is shown: the page of a repository, made anew when something on its disk has changed."""

    def __init__(self, root: Path, plan: str | None, pulls: Pulls | None = None) -> None:
        self.root = root
        self._plan, self._pulls = plan, pulls
        self._lock = threading.Lock()
        self._looked, self._revision = 0.0, ""
        self._page, self._of = "", ""
        self._rests = 0.0  # until then the page is not made anew
        self._here: Here = here(plan)
        self._refs: tuple[object, ...] = ()
        self._work = Work()

    def revision(self) -> str:
        """Return a name for the state of the disk; however many ask, it is looked at twice a second."""
        with self._lock:
            if not self._revision or monotonic() - self._looked >= PAUSE:
                with suppress(CannotJudge):  # git is busy: what was seen before holds
                    self._revision = self._look()
                self._looked = monotonic()
            return self._revision

    def _look(self) -> str:
        from pytest_coordguard.publish import journals

        plan = self._here.plan
        paths = [
            self.root / plan.reports.status,
            self._here.location.plan,
            *journals(self.root),
            *sorted((self.root / history_folder(plan.reports.audits)).glob("*.json*")),
        ]
        seen = (self._tips(), [(str(path), _stamp(path)) for path in paths])
        return sha256(repr(seen).encode()).hexdigest()[:16]

    def _tips(self) -> tuple[object, ...]:
        return git.head(self.root), git.output(self.root, "for-each-ref", "--format=%(refname) %(objectname)")

    def page(self) -> str:
        """Return the page of the newest revision; of one before while a page that takes long was made just now.

        Raises:
            Trouble: the plan has an error by now, or what is on record cannot be read.
            CannotJudge: git does not answer.

        """
        from pytest_coordguard.reports.page import page

        now = self.revision()
        with self._lock:
            if self._of != now and monotonic() >= self._rests:
                began = monotonic()
                self._here, moment = here(self._plan), datetime.now(UTC)
                plan, record = self._here.plan, self._here.record()
                work = self._work_on(plan, moment)
                self._page, self._of = page(look_around(self.root, plan, record, now=moment, work=work), live=now), now
                took = monotonic() - began
                self._rests = monotonic() + REST * took if took > LONG else 0.0
            return self._page

    def _work_on(self, plan: Plan, moment: datetime) -> Work:
        """Return what git shows, looked at again when a ref or the plan has changed: a large one takes a second."""
        seen = (*self._tips(), plan.digest)
        if self._refs != seen:
            self._work, self._refs = work_on(self.root, plan, moment, self._pulls), seen
        return self._work


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


class Server(ThreadingHTTPServer):
    """The server, until `stop`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, board: Board, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.board = board
        self.ends = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """The names that a browser may ask for: with any other, the page of a stranger has made its name lead here."""
        return frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away or was too slow: it does both at each change of a page."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it came

    def run(self) -> None:
        """Answer until it is stopped."""
        self.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Let go of those who listen."""
        self.ends.set()


def listen(board: Board, port: int) -> Server:
    """Return a server that has its port, and answers once it runs.

    Raises:
        OSError, OverflowError: the port is taken, or is none.

    """
    return Server(board, port)


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    server_version = f"coordguard/{__version__}"
    sys_version = ""
    timeout = 30.0  # seconds in which a request has to be complete

    def do_GET(self) -> None:
        """Answer with the page, or with news of it."""
        path = urlsplit(self.path).path
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            self._say(HTTPStatus.FORBIDDEN, f"this is {self.server.url}, and nothing of another name")
        elif path == "/":
            self._page()
        elif path == "/events":
            self._events()
        else:
            self._say(HTTPStatus.NOT_FOUND, f"there is {self.server.url} alone")

    do_HEAD = do_GET  # noqa: N815  # the name that http.server looks for

    def _page(self) -> None:
        from pytest_coordguard.reports.page import policy

        try:
            text = self.server.board.page()
        except (Trouble, CannotJudge) as error:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            return
        rules = f"{policy(live=True)}; frame-ancestors 'none'"
        self._send(HTTPStatus.OK, text, "text/html; charset=utf-8", {"Content-Security-Policy": rules})

    def _say(self, status: HTTPStatus, text: str) -> None:
        self._send(status, text + "\n", "text/plain; charset=utf-8", {})

    def _send(self, status: HTTPStatus, text: str, kind: str, more: Mapping[str, str]) -> None:
        data = text.encode("utf-8", "backslashreplace")
        self.send_response(status)
        for name, value in {**HEADERS, **more, "Content-Type": kind, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _events(self) -> None:
        """Tell each new revision, as server-sent events (html.spec.whatwg.org, 9.2), until one side ends it."""
        self.send_response(HTTPStatus.OK)
        for name, value in {**HEADERS, "Content-Type": "text/event-stream"}.items():
            self.send_header(name, value)
        self.end_headers()
        told, last = "", monotonic()
        try:
            while self.command != "HEAD" and not self.server.ends.is_set():
                now = self.server.board.revision()
                if now != told or monotonic() - last > ALIVE:
                    self.wfile.write(f"data: {now}\n\n".encode() if now != told else b":\n\n")
                    told, last = now, monotonic()
                self.server.ends.wait(PAUSE)
        except (BrokenPipeError, ConnectionResetError):
            return  # the listener has gone

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the terminal belongs to whoever started it."""
