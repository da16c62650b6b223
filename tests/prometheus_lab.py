"""A real Prometheus that scrapes services of ours: some keep their objectives, some do not, some cannot be told."""

import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

WINDOW = 3.0  # seconds; scraped once a second
WHY_NOT = "" if shutil.which("prometheus") else "no prometheus on PATH; Debian's package of that name has it"
JOBS = ("good", "bad", "saturated", "idle", "half")
CONFIG = """\
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
"""
JOB = '- {{job_name: {name}, metrics_path: /{name}, static_configs: [{{targets: ["{targets}"]}}]}}\n'
PER_SECOND = {  # deny, allow, 200, 500, under 5 ms, under 250 ms
    "good": (5.2, 94.8, 100, None, 100, 100),
    "bad": (39.8, 60.2, 90, 10, 50, 100),
    "saturated": (5.2, 94.8, 100, None, 0, 0),
    "half": (5.2, 94.8, 100, None, 100, 100),
}
NAMES = (
    'decisions_total{outcome="deny"}',
    'decisions_total{outcome="allow"}',
    'requests_total{status="200"}',
    'requests_total{status="500"}',
    'latency_bucket{le="0.005"}',
    'latency_bucket{le="0.25"}',
)


def page(job, seconds):
    """Return what a service exports so long after its start."""
    if job == "idle":  # it counted once, and nothing since
        return 'decisions_total{outcome="deny"} 3\ndecisions_total{outcome="allow"} 40\n'
    counted = [(name, rate) for name, rate in zip(NAMES, PER_SECOND[job], strict=True) if rate is not None]
    lines = [f"{name} {rate * seconds:.3f}" for name, rate in [*counted, ('latency_bucket{le="+Inf"}', 100)]]
    return "\n".join(lines) + "\n"


class _Exporter(BaseHTTPRequestHandler):
    started = time.monotonic()

    def do_GET(self):
        body = page(self.path.strip("/"), time.monotonic() - self.started + 60).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Print nothing."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def exporter():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Exporter)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def prometheus(folder: Path):
    """Run one on the loopback until it has scraped for longer than a window; give its URL."""
    with exporter() as target:
        config = folder / "prometheus.yml"
        nobody = f"127.0.0.1:{free_port()}"
        targets = {"half": f'{target}", "{nobody}'}
        config.write_text(CONFIG + "".join(JOB.format(name=name, targets=targets.get(name, target)) for name in JOBS))
        port = free_port()
        log = folder / "log"
        with log.open("wb") as sink:
            server = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ],
                stdout=sink,
                stderr=sink,
            )
        try:
            _until_warm(f"http://127.0.0.1:{port}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _until_warm(url, server, log):
    """Wait until every job was scraped before the window began."""
    query = {"query": f"count(up offset {WINDOW + 1:.0f}s)"}
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            found = httpx.get(f"{url}/api/v1/query", params=query, trust_env=False).json()["data"]["result"]
        except (httpx.TransportError, ValueError):
            found = []
        if found and int(found[0]["value"][1]) == len(JOBS) + 1:
            return
        time.sleep(0.1)
    raise AssertionError(f"not warm after a minute: {log.read_text()}")
