"""What an answer tells behind its content: trailer fields, which no HTTP client of Python hands on, or comments."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import BinaryIO
from urllib.parse import urlsplit

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.facts.service.probe import CONNECT, READ, NoAnswer

LONGEST = 65_536  # bytes of a line
_COMMENT = re.compile(rb"(?m)^: ?([A-Za-z0-9-]+): ?(.*?)\r?$")
MOST = 64 * 1024 * 1024  # bytes of a body


def trailers_of(base: str, asked: Ask, headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Ask over HTTP/1.1 and return the fields behind the last chunk (RFC 9112, section 7.1.2).

    Those that a stream of events tells as comments, `: name: value`, count too: few servers can send trailers.

    Raises:
        NoAnswer: the connection failed, or the answer is not HTTP/1.1.

    """
    place = urlsplit(base)
    try:
        with socket.create_connection((place.hostname or "127.0.0.1", place.port or 80), CONNECT) as connection:
            connection.settimeout(READ)
            connection.sendall(_request(place.netloc, asked, headers))
            with connection.makefile("rb") as answer:
                return _behind(answer)
    except (OSError, ValueError) as error:
        raise NoAnswer(asked, str(error) or type(error).__name__) from error


def _request(host: str, asked: Ask, headers: Mapping[str, str]) -> bytes:
    fields = {"host": host, "connection": "close, te", "te": "trailers", "accept-encoding": "identity"}
    if asked.media_type:
        fields["content-type"] = asked.media_type
    fields |= {name.lower(): value for name, value in {**headers, **asked.headers}.items()}
    fields["content-length"] = str(len(asked.content))
    lines = [f"{asked.method} {asked.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + asked.content


def _behind(answer: BinaryIO) -> tuple[tuple[str, str], ...]:
    if not answer.readline(LONGEST).startswith(b"HTTP/1.1"):
        raise ValueError("the answer is not HTTP/1.1")
    fields = _fields(answer)
    if not any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in fields):
        return ()
    told: list[tuple[str, str]] = []
    total = 0
    while size := int(answer.readline(LONGEST).partition(b";")[0].strip() or b"0", 16):
        chunk = answer.read(size + 2)
        total += len(chunk)
        if total > MOST:
            raise ValueError("the body does not end")
        told += [(name.decode("latin-1"), value.decode("latin-1")) for name, value in _COMMENT.findall(chunk)]
    return (*told, *_fields(answer))


def _fields(answer: BinaryIO) -> tuple[tuple[str, str], ...]:
    fields = []
    while line := answer.readline(LONGEST).rstrip(b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        fields.append((name.strip(), value.strip()))
    return tuple(fields)
