"""A small service that is as it should be, of the standard library alone: python shop.py PORT [ADDRESS].

SHOP_BREAK names what is wrong with it, for tests: see `broken`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BROKEN = os.environ.get("SHOP_BREAK", "").split(",")
LIMIT = 20
used: dict[str, int] = {}
fault: dict[str, bool] = {}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/healthz":
            return self.answer(200, {"status": "ok"})
        if path not in ("/v1/models", "/v1/crash", "/v1/admin", "/v1/stream", "/v1/pid"):
            return self.error(404, "not_found_error", "no such path")
        if not self.authorized():
            return None
        if path == "/v1/crash":
            return self.error(500, "server_error", "it broke")
        if path == "/v1/admin":
            return self.error(403, "permission_error", "not for this token")
        if path == "/v1/pid":
            return self.answer(200, {"pid": os.getpid()})
        if path == "/v1/stream":
            return self.stream()
        if "half-json" in BROKEN:
            return self.send(200, b'{"object": "li')
        return self.answer(200, {"object": "list", "data": []})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/_fault":
            fault.update(json.loads(body))
            return self.answer(200, fault)
        if self.path != "/v1/embeddings":
            return self.error(405 if self.path in ("/v1/models", "/healthz") else 404, "invalid_request_error", "no")
        if not self.authorized():
            return None
        try:
            data = json.loads(body)
        except ValueError:
            return self.error(400, "invalid_request_error", "the body is no JSON")
        if not isinstance(data, dict) or "input" not in data:
            return self.error(422, "invalid_request_error", "no input", param="input")
        if fault.get("crash"):
            return self.error(500, "server_error", "the model crashed")
        print("embedding", len(str(data["input"])), flush=True)
        return self.answer(200, {"object": "list", "data": [{"embedding": [0.5]}]})

    def refuse(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.error(405, "invalid_request_error", "no such method here")

    do_DELETE = do_PUT = do_PATCH = refuse

    def authorized(self):
        token = self.headers.get("authorization", "")
        if not token.startswith("Bearer sk-"):
            self.error(401, "authentication_error", "no token")
            return False
        if "500-for-tokens" in BROKEN:
            self.error(500, "server_error", "policy")
            return False
        used[token] = used.get(token, 0) + 1
        if used[token] > LIMIT:
            if "sentence" in BROKEN:
                self.send(429, b'{"error": "Rate limit exceeded: 20 per 1 minute"}')
            else:
                self.error(429, "rate_limit_error", "slow down", code="rate_limit_exceeded")
            return False
        return True

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for text in ("one\u2028more", "two", "[DONE]"):
            piece = f"data: {text}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.15)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def answer(self, status, data):
        if "error-as-200" in BROKEN and status == 429:
            status = 200
        self.send(status, json.dumps(data).encode())

    def error(self, status, kind, message, param=None, code=None):
        self.answer(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})

    def send(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    if "exits" in BROKEN:
        sys.exit("no configuration: set SHOP_CONFIG")
    if "exits-in-a-lifespan" in BROKEN:
        print("Traceback (most recent call last):\n" + '  File "app.py", line 1\n    await anext()\n' * 20)
        print("RuntimeError: no store at localhost:6379\n\nERROR: Application startup failed. Exiting.")
        sys.exit(3)
    if "deaf" in BROKEN:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "forks-away" in BROKEN:  # a helper in a session of its own, whose parent is gone
        subprocess.Popen(
            [sys.executable, "-c", "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(600)"]
        ).wait()
    if "never-ready" in BROKEN:
        time.sleep(600)
    address = next((word for word in sys.argv[2:] if "=" not in word), "127.0.0.1")  # beside marks of a test
    Server.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
    port = 0 if "elsewhere" in BROKEN else int(sys.argv[1])
    Server((address, port), Shop).serve_forever()
