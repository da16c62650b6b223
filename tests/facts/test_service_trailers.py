"""Trailer fields are read off the socket, as are comments of a stream that stand in for them."""

import socketserver
import threading
from contextlib import contextmanager

import pytest

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.trailers import trailers_of

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Left\r\n\r\n"
ANSWERS = {
    "trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nX-Left: 7\r\n\r\n", (("X-Left", "7"),)),
    "comments": (
        CHUNKED + b"d\r\n: X-Left: 7\r\n\r\n0\r\n\r\n".replace(b"\r\n\r\n0", b"\n\r\n0", 1),
        (("X-Left", "7"),),
    ),
    "none": (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", ()),
    "no chunks": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", ()),
}


@contextmanager
def answering(content):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline().strip():
                pass
            self.wfile.write(content)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("case", ANSWERS)
def test_what_stands_behind_the_content_is_read(case):
    content, expected = ANSWERS[case]

    with answering(content) as url:
        assert trailers_of(url, ask("GET /"), {}) == expected


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "not HTTP/1.1"), (CHUNKED + b"zz\r\n", "invalid literal"), (b"220 smtp\r\n", "HTTP/1.1")]
)
def test_what_is_no_answer_is_said(content, why):
    with answering(content) as url, pytest.raises(NoAnswer, match=why):
        trailers_of(url, ask("GET /"), {})
