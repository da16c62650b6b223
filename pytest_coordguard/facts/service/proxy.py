"""A proxy of ours between a check and the service, which brings a fault in. It streams and holds nothing back."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from pytest_coordguard.domain.wire import Answer, Call, Dropped, Fault, Headers, matches
from pytest_coordguard.facts.service.connection import BROKEN, Response
from pytest_coordguard.facts.service.ports import LOOPBACK

PATIENCE = 60.0  # seconds for the service's next piece: the check's own limits are shorter
_PER_CONNECTION = (
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
)  # RFC 9110, section 7.6.1
_FRAMING = ("content-length", "transfer-encoding")
_WITHOUT_BODY = (204, 304)  # RFC 9110, section 6.4.1


class Proxy:
    """Listens on the loopback while it is entered: `with Proxy(fault, lambda: service.url) as proxy: proxy.url`."""

    def __init__(self, fault: Fault, target: Callable[[], str]) -> None:
        self.fault = fault
        self.target = target  # asked for each call: a restart moves the service
        self.errors: list[BaseException] = []  # of the fault itself
        self.spoilt = 0  # calls and answers that the fault has changed
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True, name="coordguard-proxy"
        )

    @property
    def url(self) -> str:
        """Where the service is to be asked through it."""
        path = urlsplit(self.target()).path.rstrip("/")
        return f"http://{LOOPBACK}:{self._server.server_address[1]}{path}"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop; a fault that raised what it should not breaks the check rather than the connection alone."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and not isinstance(error, KeyboardInterrupt):
            raise RuntimeError(f"the fault raised {type(self.errors[0]).__name__}") from self.errors[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a client that goes away is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # do_GET, do_POST and whatever method comes
        if name.startswith("do_"):
            return self._pass
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _pass(self) -> None:
        proxy = self.server.proxy
        call = Call(self.command, self.path, list(self.headers.items()), self._body())
        with contextlib.ExitStack() as stack:
            try:
                answer = self._answered(proxy, call, stack)
                self._send(answer)
            except Dropped:
                proxy.spoilt += 1
                self._break()
            except BROKEN:
                self._break()
            except BaseException as error:  # noqa: BLE001  # told where the check waits
                proxy.errors.append(error)
                self._break()

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        found = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def _answered(self, proxy: Proxy, call: Call, stack: contextlib.ExitStack) -> Answer:
        before = replace(call, headers=list(call.headers))
        changed = proxy.fault.call(call)
        proxy.spoilt += changed != before
        if isinstance(changed, Answer):
            return changed
        connection = _connection(urlsplit(proxy.target()))
        connection.response_class = Response
        stack.callback(connection.close)
        _ask(connection, changed)
        response = connection.getresponse()
        stack.callback(response.close)
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in _PER_CONNECTION]
        assert isinstance(response, Response)
        answer = Answer(response.status, headers)
        if response.getheader("content-encoding"):
            answer.without("content-encoding", "content-length")  # its pieces come decoded
        answer.body = _Body(response, answer.trailers)
        came = replace(answer, headers=list(headers))
        spoilt = proxy.fault.answer(changed, answer)
        proxy.spoilt += spoilt != came or proxy.fault.unseen
        return spoilt

    def _send(self, answer: Answer) -> None:
        has_body = self.command != "HEAD" and answer.status not in _WITHOUT_BODY
        if has_body and not isinstance(answer.body, _Body):
            answer.without(*_FRAMING)
            if isinstance(answer.body, list) and not answer.trailers:
                answer.headers.append(("content-length", str(sum(map(len, answer.body)))))
        chunked = has_body and not answer.header("content-length")
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if chunked and not answer.header("transfer-encoding"):
            self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if has_body:
            self._send_body(answer, chunked=chunked)

    def _send_body(self, answer: Answer, *, chunked: bool) -> None:
        for piece in answer.body:
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            kept = [f"{name}: {value}\r\n" for name, value in answer.trailers if not matches(name, answer.lost)]
            self.wfile.write(f"0\r\n{''.join(kept)}\r\n".encode("latin-1"))

    def _break(self) -> None:
        """Close the connection as it stands: the check sees that the answer is not whole."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class _Body:
    """What the service sends, piece by piece."""

    def __init__(self, response: Response, trailers: Headers) -> None:
        self._response, self._trailers = response, trailers

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.pieces()
        self._trailers += self._response.trailers


def _connection(target: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    return kind(target.hostname or "", target.port, timeout=PATIENCE)


def _ask(connection: http.client.HTTPConnection, call: Call) -> None:
    connection.putrequest(call.method, call.path, skip_host=True, skip_accept_encoding=True)
    port = f":{connection.port}" if connection.port != connection.default_port else ""
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    connection.putheader("Host", f"{host}{port}")
    for name, value in call.headers:
        if name.lower() not in (*_PER_CONNECTION, *_FRAMING, "host"):
            connection.putheader(name, value)
    if call.body or call.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(call.body)))
    connection.putheader("Connection", "close")
    connection.endheaders(call.body or None)
