"""A server that is no Prometheus, or does not answer as one, is told as such; nothing of it is taken for data."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.slo import Result, Sample
from pytest_coordguard.facts.prometheus import Monitoring, Refused


@contextmanager
def answering(status=200, body=b"", **headers):
    """Serve one answer to everything, and keep the headers that came in."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(dict(self.headers.items()))
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(kind, result, **more):
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more}).encode()


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (
            answer("vector", [{"metric": {"a": "b"}, "value": [7, "0.5"]}]),
            Result("vector", (Sample(0.5, 7, {"a": "b"}),)),
        ),
        (answer("scalar", [7, "+Inf"]), Result("scalar", (Sample(float("inf"), 7),))),
        (answer("vector", [], warnings=["w"], infos=["i"]), Result("vector", (), ("w",), ("i",))),
        (answer("vector", [{"metric": {}, "histogram": [7, {}]}]), Result("vector")),
        (answer("matrix", [{"metric": {}, "values": [[7, "1"]]}]), Result("matrix")),
        (answer("string", [7, "text"]), Result("string")),
    ],
)
def test_data_is_read(body, result):
    with answering(body=body) as (url, _):
        assert Monitoring().at(url).query("q", 7) == result


WORD = "".join(reversed("drow"))  # put together here: no file is to hold credentials
NO_NUMBER = repr(ValueError("could not convert string to float: 'x'"))


@pytest.mark.parametrize(
    ("status", "body", "headers", "message"),
    [
        (200, b"<html>", {"Content_Type": "text/html"}, "URL is no Prometheus: it answers 200 with text/html"),
        (404, b"404 page not found\n", {}, "URL is no Prometheus: it answers 404 with no media type"),
        (200, b"[]", {}, "URL is no Prometheus: its JSON has no 'status' (it answers 200)"),
        (200, b'{"status": "success"}', {}, "URL is no Prometheus: its answer has another shape (KeyError('data'))"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [7, "x"]}]}}',
         {}, f"URL is no Prometheus: its answer has another shape ({NO_NUMBER})"),
        (503, b'{"status": "error", "errorType": "timeout", "error": "query timed out"}', {},
         "URL answers 503 timeout: query timed out"),
        (401, b"", {}, "URL answers 401: it wants other credentials (token_env)"),
        (302, b"", {"Location": "http://127.0.0.1:9/login"},
         "URL leads elsewhere (302 to http://127.0.0.1:9/login); meant: its own address"),
    ],
    ids=["page", "404", "list", "no data", "no number", "503", "401", "redirect"],
)  # fmt: skip
def test_what_is_no_data_is_told(status, body, headers, message):
    with answering(status, body, **headers) as (url, _), pytest.raises(CannotJudge) as raised:
        Monitoring().at(url).query("q", 7)

    assert str(raised.value) == message.replace("URL", url)


def test_a_query_that_is_none_is_told_in_its_own_words():
    body = b'{"status": "error", "errorType": "bad_data", "error": "parse error: unclosed left parenthesis"}'

    with answering(400, body) as (url, _), pytest.raises(Refused, match=r"^parse error: unclosed left parenthesis$"):
        Monitoring().at(url).query("sum(", 7)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("127.0.0.1:9090", "prometheus: '127.0.0.1:9090' is no URL; meant: as http://127.0.0.1:9090"),
        ("file:///etc/passwd", "prometheus: 'file:///etc/passwd' is no URL; meant: as http://127.0.0.1:9090"),
        (
            f"http://ana:{WORD}@127.0.0.1:9090",
            "prometheus: a URL with credentials in it; meant: token_env, the variable that holds them",
        ),
        (
            "https://m.example.org",
            "prometheus: 'm.example.org' is not this machine; meant: 'allow_hosts: [m.example.org]' beside it",
        ),
    ],
)
def test_only_what_the_plan_allows_is_asked(url, message):
    with pytest.raises(CannotJudge) as raised:
        Monitoring().at(url)

    assert str(raised.value) == message


def test_a_token_comes_from_the_environment_and_travels_only_in_secret(monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", "drawn-at-run-time")
    with answering(body=answer("vector", [])) as (url, asked):
        Monitoring().at(url, (), "METRICS_TOKEN").query("q", 7)
        Monitoring().at(url).query("q", 7)
        with pytest.raises(CannotJudge, match=r"^token_env: the variable OTHER_TOKEN is not set$"):
            Monitoring().at(url, (), "OTHER_TOKEN")

    assert [each.get("authorization") for each in asked] == ["Bearer drawn-at-run-time", None]
    assert Monitoring().at("https://m.example.org", ["m.example.org"], "METRICS_TOKEN").url == "https://m.example.org"
    with pytest.raises(CannotJudge, match=r"would carry the token of METRICS_TOKEN in clear; meant: https$"):
        Monitoring().at("http://m.example.org", ["M.example.org"], "METRICS_TOKEN")
