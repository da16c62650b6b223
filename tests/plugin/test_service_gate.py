"""A gate run with live criteria, from outside: what it says, and that it leaves nothing running."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHOP = Path(__file__).parents[1] / "samples" / "service" / "shop.py"
SERVICE = """\
service:
  serve: "{python} shop.py {port} mark"
  ready: /healthz
  within: 30s
  auth: {token: "sk-{fresh}"}
"""
TASKS = """\
tasks:
  T-1:
    title: Live
    accept:
      smoke:
        text: It answers
        check: service.smoke
        endpoints: [GET /v1/models, {ask: GET /healthz, auth: none}]
      envelope:
        text: Errors come in the envelope
        check: service.envelope
        endpoint: {ask: POST /v1/embeddings, json: {input: hi}}
        provoke: {403: GET /v1/admin, 5xx: GET /v1/crash}
"""
OUTSIDE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_", "GIT_"))
}
GATE = (sys.executable, "-m", "pytest", "-m", "preaudit", "-q", "-p", "no:cacheprovider")
# Python leaves SIGINT ignored when its parent did, as a shell does for jobs in the background.
LAUNCH = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.fixture
def repo(tmp_path):
    """A repository with the shop in it, and a word of its own on the command line of its service."""
    root = tmp_path / "repo"
    root.mkdir()
    shutil.copy(SHOP, root)
    (root / ".gitignore").write_text("docs/\n__pycache__/\n")
    write(root, SERVICE.replace("mark", f"mark={tmp_path.name}"))
    return root


def write(root, service):
    (root / "coordguard.yaml").write_text(f"version: 1\n{service}{TASKS}")
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "plan")):
        subprocess.run([*git, *command], cwd=root, check=True)


def gate(root, *args):
    return subprocess.run(
        [*GATE, *args], cwd=root, env=OUTSIDE, capture_output=True, text=True, timeout=120, check=False
    )


def criteria(root):
    status = json.loads((root / "docs/plans/task_status.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in status["criteria"]}


def servers(root):
    """Return the processes of this repository's service, its supervisor among them."""
    mark = f"mark={root.parent.name}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path.parent.name] if mark in path.read_bytes().split(b"\0") else []
        except OSError:
            continue
    return found


def waited_for(condition):
    deadline = time.monotonic() + 30
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met


def test_an_honest_service_opens_the_gate_and_each_planted_fault_is_found(repo):
    """With a server for each worker of xdist, all of them gone at the end."""
    done = gate(repo, "--prove", "-n", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: (row["verdict"], row["proven"]) for name, row in criteria(repo).items()} == {
        "T-1/smoke": ("met", True),
        "T-1/envelope": ("met", True),
    }
    assert servers(repo) == []


def test_a_plan_without_a_service_leaves_live_criteria_broken(repo):
    """Each of them says so, and what was meant."""
    write(repo, "")

    assert gate(repo).returncode == 1
    told = "cannot judge: no service in the plan; meant: 'service:' with one of asgi, serve, url, or --service-url URL"
    assert [(row["verdict"], row["message"]) for row in criteria(repo).values()] == [("broken", told)] * 2


def test_the_service_of_the_command_line_is_asked_instead(repo, shop):
    """And the evidence says so."""
    write(repo, SERVICE.replace("{python} shop.py", "no-such-command"))

    done = gate(repo, "--service-url", shop.url)

    assert done.returncode == 0, done.stdout + done.stderr
    smoke = criteria(repo)["T-1/smoke"]
    assert smoke["evidence"]["remarks"] == [
        f"asked at {shop.url}, which --service-url gave, and not where the plan says"
    ]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "https://example.org",
            "--service-url: 'example.org' is not this machine; meant: 'allow_hosts: [example.org]' under",
        ),
        ("127.0.0.1:80", "--service-url: '127.0.0.1:80' is no URL; meant: as http://127.0.0.1:8000"),
    ],
    ids=["elsewhere", "no URL"],
)
def test_a_url_that_may_not_be_asked_is_refused_before_anything_runs(repo, url, told):
    """A usage error."""
    done = gate(repo, "--service-url", url)

    assert done.returncode == 4
    assert told in done.stderr
    assert not (repo / "docs").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("number", "args"),
    [(signal.SIGINT, ()), (signal.SIGKILL, ()), (signal.SIGKILL, ("-n", "2"))],
    ids=["Ctrl-C", "SIGKILL", "SIGKILL to the controller of two workers"],
)
def test_nothing_is_left_running_when_pytest_is_ended(repo, number, args):
    """The service, its supervisor, and what a worker has started."""
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *GATE, "--prove", *args],
        cwd=repo,
        env=OUTSIDE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        assert waited_for(lambda: servers(repo))
        run.send_signal(number)

    assert run.returncode in (-number, 2)
    assert waited_for(lambda: not servers(repo))
