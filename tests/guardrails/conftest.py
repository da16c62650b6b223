"""What guardrails are tried on: a repository with a base commit and a change, and the example's running service."""

import subprocess
from pathlib import Path

import pytest

from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.domain.service import Service as Settings
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.service import Running, Service

WHO = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]


def git(root, *arguments):
    done = subprocess.run(["git", *WHO, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


@pytest.fixture
def changed(tmp_path):
    """Return a function that commits `before` as the base, puts `after` over it, and gives repository and change."""

    def build(before, after, *, commit=False):
        git(tmp_path, "init", "-q", "-b", "main")
        write(tmp_path, before)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "base")
        base = git(tmp_path, "rev-parse", "HEAD")
        write(tmp_path, after)
        if commit:
            git(tmp_path, "add", "-A")
            git(tmp_path, "commit", "-q", "--allow-empty", "-m", "change")
        return Repository(tmp_path), Change(tmp_path, base, "HEAD left main", asked=True)

    return build


EXAMPLE = Path(__file__).parents[2] / "examples" / "facade"
SCOPES = "models:read chat:write embeddings:write responses:write responses:read"
QUICK = {
    "FACADE_REQUESTS": "8",
    "FACADE_WINDOW": "2",
    "FACADE_BREAKER_RESET": "0.5",
    "FACADE_ANONYMOUS_REQUESTS": "1000",
}


class Example(Service):
    """The example's service, each promise of which can be broken while it runs."""

    def broken(self, *names):
        """Break these promises and no others."""
        assert self.post("/_fault", {"breaks": names, "upstream": "none", "breaker": "closed"}).status == 200


@pytest.fixture(scope="session")
def running_example(tmp_path_factory):
    settings = Settings(
        serve="{python} -m uvicorn facade.app:app --host 127.0.0.1 --port {port}",
        ready="/healthz",
        env={"FACADE_POLICIES": "policies/policies.dev.yaml", "FACADE_FAULTS": "1", **QUICK},
        auth=Auth(golden=SCOPES, shape="jwt"),
    )
    running = Running(settings, EXAMPLE, Runner(), tmp_path_factory.mktemp("facade"))
    yield running
    running.stop()


@pytest.fixture
def facade(running_example):
    """Give the example's service as it should be, and leave it so."""
    service = Example(running_example)
    yield service
    service.broken()
