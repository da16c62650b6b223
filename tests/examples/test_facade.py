"""The example keeps each promise over a real socket, and each switch breaks the one that it names."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
try:
    import facade_promises as promises
    from facade_service import EXAMPLE, Facade, token
finally:
    sys.path.pop(0)

ASK = promises.ASK


@pytest.fixture(scope="module")
def facade(tmp_path_factory):
    with Facade(tmp_path_factory.mktemp("facade") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def permissive(tmp_path_factory):
    with Facade(tmp_path_factory.mktemp("permissive") / "log", FACADE_MODE="permissive") as running:
        yield running


@pytest.mark.parametrize("promise", promises.STRICT)
def test_it_keeps_its_promise(facade, promise):
    promises.STRICT[promise](facade)


@pytest.mark.parametrize("switch", promises.SWITCHES)
def test_the_switch_breaks_its_promise(facade, switch):
    promise = promises.STRICT[promises.SWITCHES[switch]]
    facade.order(breaks=[switch])
    try:
        with pytest.raises(AssertionError):
            promise(facade)
    finally:
        facade.order(breaks=[], upstream="none", breaker="closed")


def test_permissive_lets_in_who_shows_any_token_until_that_is_broken(permissive):
    promises.is_permissive(permissive)
    permissive.order(breaks=["mode-dead-knob"])

    with pytest.raises(AssertionError):
        promises.is_permissive(permissive)


def test_no_switch_is_untried():
    """What the service can break is what is tried here; its module of names holds nothing else."""
    told = subprocess.run(
        [sys.executable, "-c", "from facade.breaks.names import BREAKS; print(*BREAKS)"],
        cwd=EXAMPLE,
        capture_output=True,
        text=True,
        check=True,
    )

    assert {*told.stdout.split()} == {*promises.SWITCHES} | promises.AT_START


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FACADE_MODE": "lenient"}, "FACADE_MODE: 'lenient' is unknown; meant: strict or permissive"),
        ({"FACADE_POLICIES": ""}, "FACADE_FAULTS, FACADE_BREAK: never with policies of production"),
        ({"FACADE_BREAK": "no-such-thing"}, "FACADE_BREAK: no-such-thing: unknown"),
        ({"FACADE_REQUESTS": "0"}, "FACADE_REQUESTS: '0' is no whole number from 1"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_it_refuses_to_start(tmp_path, environ, words):
    with pytest.raises(AssertionError, match="does not serve"), Facade(tmp_path / "log", **environ):
        pass

    assert words in (tmp_path / "log").read_text()


def test_a_mode_that_is_not_known_is_lax_only_when_that_is_broken(tmp_path):
    with Facade(tmp_path / "log", FACADE_MODE="lenient", FACADE_BREAK="unknown-mode-lax") as lax:
        assert lax.get("/v1/models", token="anything").status_code == 200


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server here; on Debian: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _accepts(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _accepts(port):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("Redis does not answer")


def _same_over_a_restart(folder, **environ):
    mine, key = token(), {"Idempotency-Key": "once"}
    answers = []
    for name in ("before", "after"):
        with Facade(folder / name, **environ) as facade:
            answers.append(facade.post("/v1/responses", json=ASK, headers=key, token=mine).json()["id"])
    return answers[0] == answers[1]


def test_redis_remembers_an_answer_over_a_restart(tmp_path, redis_url):
    assert _same_over_a_restart(tmp_path, REDIS_URL=redis_url)


def test_an_answer_is_forgotten_when_that_is_broken(tmp_path, redis_url):
    assert not _same_over_a_restart(tmp_path, REDIS_URL=redis_url, FACADE_BREAK="forget-on-restart")


@pytest.mark.parametrize(
    "promise",
    ["counts down", "tells when to come back", "replays", "acts once for two at once", "tells the quota: 429"],
)
def test_it_keeps_its_promise_with_redis(promise, with_redis):
    promises.STRICT[promise](with_redis)


@pytest.fixture(scope="module")
def with_redis(tmp_path_factory, redis_url):
    with Facade(tmp_path_factory.mktemp("with-redis") / "log", REDIS_URL=redis_url) as running:
        yield running
