"""The example's service as a process of its own, and the plain requests that its promises are tried with."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import httpx

from pytest_coordguard.golden import golden_token

EXAMPLE = Path(__file__).parents[2] / "examples" / "facade"
SCOPES = "models:read chat:write embeddings:write responses:write responses:read"
QUICK = {
    "FACADE_REQUESTS": "8",
    "FACADE_BREAKER_RESET": "1.5",
    "FACADE_UPSTREAM_TIMEOUT": "5",
    "FACADE_ANONYMOUS_REQUESTS": "1000",
}
PATIENCE = 30.0  # seconds until it serves, on a machine that does much else
CHAT = {"model": "facade-large", "messages": [{"role": "user", "content": "hello there"}]}
_seeds = count()


class Facade:
    """A running service."""

    def __init__(self, log: Path, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = log
        alone = httpx.Limits(max_keepalive_connections=0)  # a fresh connection for each request
        self._client = httpx.Client(trust_env=False, verify=False, timeout=10, limits=alone)
        self.url = f"http://127.0.0.1:{self.port}"
        known = {
            name: value for name, value in os.environ.items() if not name.startswith(("FACADE_", "REDIS_", "COV_"))
        }
        dev = {"FACADE_POLICIES": "policies/policies.dev.yaml", "FACADE_FAULTS": "1"}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "facade.app:app", "--port", str(self.port)],
                cwd=EXAMPLE,
                env=known | dev | QUICK | environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            try:
                self.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return self
        self.__exit__()
        raise AssertionError(f"the example does not serve:\n{self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self._client.close()

    def request(self, method, path, *, token=None, headers=None, **more):
        """Send one request over a connection of its own."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        return self._client.request(method, self.url + path, headers=headers, **more)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def stream(self, path, *, token, **more):
        """Return a stream's answer, its body yet unread."""
        return self._client.stream("POST", self.url + path, headers={"Authorization": f"Bearer {token}"}, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)

    def order(self, **wanted):
        """Let the model fail, close the breaker, break promises."""
        answered = self.post("/_fault", json=wanted)
        assert answered.status_code == 200, answered.text

    def metric(self, name):
        """Return the value of a metric that has one, or None."""
        found = re.search(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", self.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else None

    def log_since(self, offset):
        """Return what was logged since, up to a request of our own, which must be found there."""
        mark = f"mark-{secrets.token_hex(6)}"
        self.get("/healthz", headers={"X-Request-ID": mark})
        until = time.monotonic() + 3
        while time.monotonic() < until:
            text = self.log.read_bytes()[offset:].decode()
            if mark in text:
                return text
            time.sleep(0.02)
        raise AssertionError("the request is in no log")


def token(scope=SCOPES, **more):
    """Return a token that nobody had before, so that each probe has its own quota."""
    return golden_token(scope, shape="jwt", seed=next(_seeds), **more)


def malformed(facade, **more):
    return facade.post("/v1/embeddings", content="{", token=token(), **more)


def provoke(facade, status, **more):
    """Return an answer with this status."""
    ways = {
        200: lambda: facade.get("/v1/models", token=token(), **more),
        400: lambda: malformed(facade, headers={"Content-Type": "application/json"}, **more),
        401: lambda: facade.get("/v1/models", **more),
        403: lambda: facade.get("/v1/models", token=token("chat:write"), **more),
        404: lambda: facade.get("/v1/nothing", token=token(), **more),
        405: lambda: facade.request("PUT", "/v1/models", token=token(), **more),
        422: lambda: facade.post("/v1/embeddings", json={"model": "facade-embed"}, token=token(), **more),
        429: lambda: exhausted(facade)[0],
        500: lambda: under_fault(facade, "crash"),
        503: lambda: under_fault(facade, "error"),
    }
    return ways[status]()


def exhausted(facade):
    """Return a 429 and the token that got it."""
    mine = token()
    for _ in range(25):
        answer = facade.get("/v1/models", token=mine)
        if answer.status_code not in (200, 403):
            break
    return answer, mine


def under_fault(facade, fault):
    """Return what an embedding is answered with for which the model fails, and no other."""
    headers = {"X-Facade-Fault": fault}
    answer = facade.post("/v1/embeddings", json={"model": "facade-embed", "input": "a"}, token=token(), headers=headers)
    facade.order(breaker="closed")
    return answer


def events_of(text):
    """Return the data of the events of a stream."""
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
