"""`coordguard shadow --record`, and a gate run that compares with what it wrote."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

PLAN = """\
version: 1
service: {{url: "http://127.0.0.1:{port}", ready: /items}}
tasks:
  "1":
    title: Shadow
    accept:
      as-recorded:
        text: As recorded
        check: service.shadow
        reference: {{recording: shadow/items.json}}
        asks: [GET /items, {{ask: GET /gone, status: 404}}]
"""


class Items(BaseHTTPRequestHandler):
    body = {"items": [{"id": "secret-id"}]}

    def do_GET(self):
        self.send_response(200 if self.path == "/items" else 404)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(self.body if self.path == "/items" else {"error": {"message": "x"}}).encode())

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def items(tmp_path):
    class Handler(Items):
        """One test's own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    (tmp_path / "coordguard.yaml").write_text(PLAN.format(port=server.server_address[1]))
    yield Handler
    server.shutdown()
    server.server_close()
    thread.join()


def coordguard(folder, *words):
    command = [sys.executable, "-m", "pytest_coordguard.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_what_was_recorded_is_compared_with(items, tmp_path):
    recorded = coordguard(tmp_path, "shadow", "--record", "shadow/items.json", "--json")

    assert recorded.returncode == 0, recorded.stderr
    assert json.loads(recorded.stdout)["answers"] == 2
    assert "secret-id" not in (tmp_path / "shadow/items.json").read_text()
    first = coordguard(tmp_path, "run", "preaudit", "-q")
    assert first.returncode == 0, first.stdout
    (report,) = tmp_path.glob("docs/audits/shadow/*/envelope_comparison.md")
    assert "| body `items[].id` | text | text |  |" in report.read_text()

    items.body = {"items": [{"id": 7}]}
    second = coordguard(tmp_path, "run", "preaudit", "-q")
    assert second.returncode == 1
    assert "GET /items: body items[].id: number; the reference: text" in second.stdout
    status = json.loads((tmp_path / "docs/plans/task_status.json").read_text())
    artefacts = status["criteria"][0]["evidence"]["artefacts"]
    assert sorted(path.rpartition("/")[2] for path in artefacts) == [
        "envelope_comparison.md",
        "headers_comparison.md",
        "shadow.json",
    ]


def test_what_cannot_be_recorded_is_told(items, tmp_path):
    assert items.body
    gone = coordguard(tmp_path, "shadow", "--record", "a.json", "--url", "http://127.0.0.1:9")
    assert (gone.returncode, gone.stdout) == (4, "")
    assert "the service at http://127.0.0.1:9 is not ready" in gone.stderr
    other = coordguard(tmp_path, "shadow", "--record", "a.json", "--criterion", "1/other")
    assert "'1/other' is no criterion of service.shadow; meant: --criterion" in other.stderr
    outside = coordguard(tmp_path, "shadow", "--record", "../a.json")
    assert "reports stay inside" in outside.stderr
    assert not (tmp_path / "a.json").exists()
