"""One request on a connection of its own, of the standard library: no proxies, cookies or redirects of anyone."""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.facts.service.decoder import Decoder, Undecodable
from pytest_coordguard.facts.service.probe import WHOLE

CONNECT, READ = 2.0, 5.0  # seconds: to connect; between two pieces of an answer
PIECE = 65_536
SHOWN = 60  # characters of a first line
INTERIM = (100, 102, 103)  # 101 is the last that is said in HTTP
BROKEN = (OSError, http.client.HTTPException, Undecodable)  # what a connection can end in


class NotConnected(OSError):
    """There was no connection, so that nothing was sent."""


class OutOfTime(TimeoutError):
    """The answer went on for longer than a whole answer may take."""


class Response(http.client.HTTPResponse):
    """An answer that keeps what comes behind a chunked body."""

    trailers: tuple[tuple[str, str], ...] = ()

    def _read_status(self) -> tuple[str, int, str]:  # called by http.client for the first line
        """Return the status that counts: interim ones come before it (RFC 9110, section 15.2)."""
        read: Callable[[], tuple[str, int, str]] = super()._read_status  # type: ignore[misc]
        while (found := read())[1] in INTERIM:
            http.client.parse_headers(self.fp)
        return found

    def _read_and_discard_trailer(self) -> None:  # called by http.client behind the last chunk
        self.trailers = tuple(http.client.parse_headers(self.fp).items())

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            http.client.IncompleteRead: it ended before its time.
            Undecodable: it is compressed, in a way that is not known or not as its headers say.

        """
        decoded = Decoder(self.headers.get("content-encoding", ""))
        while piece := self.read1(PIECE):
            if readable := decoded.feed(piece):
                yield readable
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)


class TimedResponse(Response):
    """An answer that ends in time, in whatever pieces it comes: the socket's own limit begins anew with each."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))


class _Timed(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._deadline = time.monotonic() + WHOLE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        self._sock.settimeout(min(READ, left))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if left < READ:
                raise OutOfTime from error
            raise

    def close(self) -> None:
        self._raw.close()
        super().close()


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
            raise NotConnected(
                f"nothing came for {CONNECT:g} s" if isinstance(error, TimeoutError) else why(error)
            ) from error
        connection.sock.settimeout(READ)
        connection.response_class = TimedResponse
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
    """Return in words what became of a connection; the same for each that ends so."""
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        return f"what came is no HTTP: {_first_line(str(error.args[0]) if error.args else '')}"
    for kind, words in _ENDS.items():
        if isinstance(error, kind):
            return words.format(READ=READ, WHOLE=WHOLE)
    return (
        str(error) if isinstance(error, Undecodable | NotConnected) else f"{type(error).__name__}: {error}".rstrip(": ")
    )


_ENDS: dict[type[BaseException], str] = {
    OutOfTime: "no end in {WHOLE:g} s",
    TimeoutError: "nothing came for {READ:g} s",
    ConnectionRefusedError: "connection refused",
    http.client.RemoteDisconnected: "connection closed without an answer",
    ConnectionResetError: "connection reset",
    http.client.IncompleteRead: "connection closed inside the answer",
}


def _first_line(line: str) -> str:
    """Return what came in place of a status line, when a reader can read it; bytes at random differ each time."""
    text = line.strip()
    return f"'{text[:SHOWN]}'" if text.isascii() and text.isprintable() else "bytes that are no text"
