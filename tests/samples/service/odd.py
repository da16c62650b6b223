"""Odd answers for the tests of what asks: python odd.py PORT."""

import gzip
import os
import socket
import struct
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

calls: dict[str, int] = {}


class Odd(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.partition("?")[0].strip("/").replace("-", "_")
        calls[name] = calls.get(name, 0) + 1
        getattr(self, f"at_{name}")()

    do_POST = do_GET

    def at_healthz(self):
        self.send(b"fine")

    def at_headers(self):
        self.send("\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items()).encode())

    def at_environment(self):
        self.send("\n".join(f"{name}={value}" for name, value in sorted(os.environ.items())).encode())

    def at_cookie(self):
        self.send(b"", ("Set-Cookie", "seen=1; Path=/"))

    def at_twice(self):
        self.send(b"", ("X-Limit", "a"), ("X-Limit", "b"))

    def at_breaks_once(self):
        if calls["breaks_once"] % 2:
            self.connection.close()
            self.close_connection = True
        else:
            self.send(b"the second time")

    def at_short(self):
        self.send(b"half", length=10)
        self.close_connection = True

    def at_counts(self):
        self.send(str(calls["counts"]).encode(), ("X-RateLimit-Remaining", str(10 - calls["counts"])))

    def at_slow(self):
        time.sleep(30)

    def at_events(self):
        self.stream("data: one\u2028more\n\n", "data: two\n\n", "data: [DONE]\n\n")

    def at_trailer_events(self):
        self.stream("data: one\n\n", end=b"0\r\nX-Done: 1\r\nX-Left: 2\r\n\r\n")

    def at_cut_events(self):
        self.stream("data: one\n\n", "data: two\n")

    def at_broken_events(self):
        self.stream("data: one\n\n", "data: tw", end=b"")

    def at_endless_events(self):
        self.stream(*(f"data: {number}\n\n" for number in range(10_000)))

    def at_early_hints(self):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        self.send(b"the answer")

    def at_trickles(self):
        self.trickle(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 90)

    def at_trickling_body(self):
        self.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000)

    def at_interim_for_ever(self):
        self.trickle(b"HTTP/1.1 100 Continue\r\n\r\n" * 40)

    def at_tls(self):
        self.raw(b"\x15\x03\x01\x00\x02\x02\x46" + os.urandom(20))

    def at_no_http(self):
        self.raw(b"-ERR unknown command\r\n")

    def at_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def at_many_headers(self):
        self.send(b"", *(("X-A", "1") for _ in range(200)))

    def at_gzip(self):
        self.send(gzip.compress(b'{"zipped": true}'), ("Content-Type", "application/json"), ("Content-Encoding", "gzip"))

    def at_deflate(self):
        self.send(zlib.compress(b"deflated"), ("Content-Encoding", "deflate"))

    def at_brotli(self):
        self.send(b"\x0b\x02", ("Content-Encoding", "br"))

    def at_false_gzip(self):
        self.send(b"plain", ("Content-Encoding", "gzip"))

    def at_silent_events(self):
        self.stream("data: one\n\n", end=b"", silence=3)

    def at_dies(self):
        print("out of memory", flush=True)
        os._exit(7)

    def raw(self, answer):
        self.wfile.write(answer)
        self.close_connection = True

    def trickle(self, answer):
        self.close_connection = True
        try:
            for letter in answer:
                self.wfile.write(bytes([letter]))
                time.sleep(0.02)
        except OSError:
            pass

    def at_early_error(self):
        self.send(b'{"error": {}}', ("Content-Type", "application/json"), status=429)

    def stream(self, *pieces, end=b"0\r\n\r\n", silence=0):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                content = piece.encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
                time.sleep(0.1)
            time.sleep(silence)
            self.wfile.write(end)
        except OSError:
            pass
        self.close_connection = True

    def send(self, body, *headers, status=200, length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Odd).serve_forever()
