"""One request on a connection of its own, of the standard library: no proxies, cookies or redirects of anyone."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from pytest_coordguard.domain.ask import Ask

CONNECT, READ = 2.0, 5.0  # seconds: to connect; between two pieces of an answer
PIECE = 65_536
BROKEN = (OSError, http.client.HTTPException)  # what a connection can end in


class NotConnected(OSError):
    """There was no connection, so that nothing was sent."""


class Response(http.client.HTTPResponse):
    """An answer that keeps what comes behind a chunked body."""

    trailers: tuple[tuple[str, str], ...] = ()

    def _read_and_discard_trailer(self) -> None:  # called by http.client behind the last chunk
        self.trailers = tuple(http.client.parse_headers(self.fp).items())

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            http.client.IncompleteRead: it ended before its time.

        """
        while piece := self.read1(PIECE):
            yield piece
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)


@contextmanager
def opened(base: str, ask: Ask, headers: Mapping[str, str]) -> Iterator[Response]:
    """Ask, and give the answer with its body unread.

    Raises:
        NotConnected: nothing was sent.
        OSError: the connection broke, or time was up.
        http.client.HTTPException: what came is no HTTP.

    """
    target = urlsplit(base)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=CONNECT)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotConnected(why(error)) from error
        connection.sock.settimeout(READ)
        connection.response_class = Response
        _send(connection, f"{target.path.rstrip('/')}{ask.path}", ask, headers)
        response = connection.getresponse()
        assert isinstance(response, Response)
        with response:
            yield response
    finally:
        connection.close()


def _send(connection: http.client.HTTPConnection, path: str, ask: Ask, headers: Mapping[str, str]) -> None:
    known = {"accept": "*/*", "user-agent": "coordguard", "accept-encoding": "identity"}
    if ask.media_type:
        known["content-type"] = ask.media_type
    if ask.content or ask.method in ("POST", "PUT", "PATCH"):
        known["content-length"] = str(len(ask.content))
    for name, value in (*headers.items(), *ask.headers.items()):
        known[name.lower()] = value
    connection.putrequest(ask.method, path, skip_host="host" in known, skip_accept_encoding=True)
    for name, value in known.items():
        connection.putheader(name, value.encode())
    connection.endheaders(ask.content or None)


def why(error: BaseException) -> str:
    """Return in words what became of a connection."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, http.client.RemoteDisconnected):
        return "connection closed without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "connection closed inside the answer"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
