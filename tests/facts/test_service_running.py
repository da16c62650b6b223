"""A service is started once, in its own configuration; what keeps it from coming up is told in words."""

import re
import socket
import sys

import pytest

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.service import Auth, Service
from pytest_coordguard.facts.service import launch
from pytest_coordguard.facts.service.service import Running, settings_of
from pytest_coordguard.facts.service.service import Service as Asked


def told(running):
    """Return why a service cannot be asked."""
    with pytest.raises(CannotJudge) as why:
        _ = running.url
    return str(why.value)


def test_a_plan_without_a_service_says_so(tmp_path):
    """A live criterion without a service is broken, never met."""
    running = Running(None, tmp_path, launch.Runner(), tmp_path)

    assert (
        told(running) == "no service in the plan; meant: 'service:' with one of asgi, serve, url, or --service-url URL"
    )


def test_an_early_end_is_told_at_once_with_the_last_lines(start):
    """Waiting a minute for a process that is gone helps nobody."""
    running = start(broken="exits", within_seconds=600.0)

    assert told(running) == (
        "the service `{python} shop.py {port}` exited 1 before it was ready: no configuration: set SHOP_CONFIG"
    )


def test_the_line_that_says_why_comes_first(start):
    """Reports show the beginning of a message; a traceback has its reason at the end, and servers add to that."""
    running = start(broken="exits-in-a-lifespan")

    first, second, *rest = told(running).splitlines()

    assert first.endswith(" exited 3 before it was ready: RuntimeError: no store at localhost:6379")
    assert second == "its last lines:"
    assert rest[:2] == ['  File "app.py", line 1', "    await anext()"]
    assert rest[-1] == "ERROR: Application startup failed. Exiting."


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (["Traceback (most recent call last):", "ValueError: no key", "cleaning up"], "ValueError: no key"),
        (["node:internal/errors", "Error: Cannot find module 'x'", "Node.js v20"], "Error: Cannot find module 'x'"),
        (["starting", "FATAL no database", "bye"], "FATAL no database"),
        (["loading", "bye"], "bye"),
    ],
    ids=["traceback", "Node", "a word", "the last"],
)
def test_the_telling_line_is_found(shown, line):
    """In whatever language it failed."""
    assert launch.telling("\n".join(shown)) == line


def test_one_that_listens_on_the_other_loopback_is_found(start):
    """Node takes `localhost` for ::1 alone."""
    running = start("{python} shop.py {port} ::1")

    assert running.url.startswith("http://[::1]:")
    assert Asked(running).get("/healthz").status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="the ports of another process are seen on Linux alone")
def test_one_that_listens_elsewhere_is_told(start):
    """It read its port from a file, or from a variable that the plan does not set."""
    running = start(broken="elsewhere", within_seconds=3.0)

    assert re.match(
        r"the service `.*` not ready in 3 s: GET /healthz: connection refused;"
        r" it listens on \d+, and was given \d+: meant: \{port\} in 'serve'; it printed nothing",
        told(running),
    )


def test_a_service_that_ended_meanwhile_is_told(start):
    """Else each check after its end says that a connection was refused, and nobody knows why."""
    service = Asked(start("{python} odd.py {port}"))

    with pytest.raises(CannotJudge, match=r"^GET /dies: no answer \(.*; the service exited 7\): out of memory$"):
        service.get("/dies")
    with pytest.raises(CannotJudge, match=r"^GET /healthz: no answer \(connection refused; the service exited 7\):"):
        service.get("/healthz")


def test_a_failed_start_is_not_tried_again(start):
    """Else each criterion of a plan would wait for the whole time limit."""
    running = start(broken="exits")
    first = told(running)

    assert told(running) == first
    assert running._launch().logs("service").since().count("no configuration") == 1


def test_one_that_is_never_ready_is_told_by_its_time(start):
    """With what the probe met last."""
    running = start(broken="never-ready", within_seconds=1.0)

    assert told(running) == (
        "the service `{python} shop.py {port}` not ready in 1 s: GET /healthz: connection refused; it printed nothing"
    )


def test_a_ready_path_that_answers_otherwise_is_told(start):
    """The path is wrong in the plan, more often than in the service."""
    running = start(ready="/v1/models", within_seconds=1.0)

    assert "not ready in 1 s: GET /v1/models -> 401 application/json; its last lines:" in told(running)


def test_a_command_that_is_not_there_is_told(start):
    """A name that was misspelled, or a tool that is not installed here."""
    assert told(start("no-such-server {port}")) == (
        "the service `no-such-server {port}` cannot be started (No such file or directory: no-such-server) "
        "before it was ready; it printed nothing"
    )


def test_asgi_without_uvicorn_says_which_interpreter_lacks_it(start, tmp_path):
    """It is the interpreter of the repository that needs it, not ours."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$0: No module named uvicorn" >&2\nexit 1\n')
    python.chmod(0o755)

    assert told(start("", asgi="app:app", python=str(python))) == (
        f"asgi: no uvicorn in {python}; meant: install it there, or 'serve' with another server"
    )


def test_asgi_is_served_by_uvicorn_what_it_names_being_an_app_or_a_maker_of_one(start):
    """In process, streams would be buffered, time limits ignored, and no lifespan run."""
    for name in ("app", "make_app"):
        running = start("", asgi=f"asgi_app:{name}", ready="/")
        assert Asked(running).get("/").text == "lifespan ran"
        running.stop()


def test_a_port_that_was_taken_meanwhile_is_changed_for_another(start):
    """Between our look at a port and the service's bind, any process of the machine may take it."""
    running = start("{python} taken.py {port} {scratch} 2")

    assert running.url.startswith("http://127.0.0.1:")
    tries = (running._home.folder / "scratch" / "tries").read_text().split()
    assert len(tries) == 3
    assert len(set(tries)) > 1


def test_a_port_that_is_taken_each_time_is_told(start):
    """A service that ignores {port} would find its own taken for ever."""
    assert "Address already in use" in told(start("{python} taken.py {port} {scratch} 9"))


def test_a_port_that_answers_before_the_start_is_never_used(start, monkeypatch):
    """A server that was forgotten there would be judged in the service's place."""
    with socket.create_server(("127.0.0.1", 0)) as forgotten:
        taken = forgotten.getsockname()[1]
        free = launch.free_port()
        ports = iter([taken, free])
        monkeypatch.setattr(launch, "free_port", lambda: next(ports))
        running = start("{python} taken.py {port} {scratch} 0")

        assert running.url == f"http://127.0.0.1:{free}"
        assert (running._home.folder / "scratch" / "tries").read_text() == str(free)


def test_the_environment_is_scrubbed_and_what_the_plan_adds_is_evidence(start, monkeypatch):
    """The service of a pull request meets no token; and what was judged is not quite what ships."""
    monkeypatch.setenv("GITHUB_TOKEN", "anything")
    monkeypatch.setenv("HARMLESS", "kept")
    evidence = Evidence()
    service = Asked(start("{python} odd.py {port}", env={"MODE": "strict", "STORE": "{scratch}/x"}), evidence)

    seen = service.get("/environment").text.splitlines()

    assert [line for line in seen if line.startswith(("GITHUB_TOKEN", "HARMLESS", "MODE"))] == [
        "HARMLESS=kept",
        "MODE=strict",
    ]
    assert f"STORE={service.running._home.folder}/scratch/x" in seen
    assert evidence.remarks == ["started with MODE=strict", "started with STORE={scratch}/x"]


def test_what_runs_beside_it_comes_first_and_stays_over_a_restart(start):
    """A store that went with the service could not show that anything survives."""
    running = start(
        "{python} odd.py {port}", beside={"store": "{python} shop.py {port}"}, env={"STORE": "port {store}"}
    )
    service = Asked(running)
    before, store = running.pid, service.get("/environment").text.partition("STORE=")[2].splitlines()[0]

    service.restart()

    assert running.pid != before
    assert service.get("/environment").text.partition("STORE=")[2].splitlines()[0] == store
    assert running.remarks() == ["started with STORE=port {store}", "beside it: {python} shop.py {port}"]


def test_logs_are_read_from_a_mark_on(start):
    """So that a check sees what its own request has left there."""
    service = Asked(start())
    service.get("/healthz")
    mark = service.logs.mark()

    service.get("/v1/models")

    assert [line.split('"')[1] for line in service.logs.since(mark).splitlines()] == ["GET /v1/models HTTP/1.1"]


def test_a_token_of_the_environment_is_in_no_shown_line(start, monkeypatch):
    """The log itself is searched as it is; what a message quotes of it is not."""
    monkeypatch.setenv("SHOP_KEY", "sk-from-the-environment")
    service = Asked(start("{python} odd.py {port}", auth=Auth(env="SHOP_KEY")))
    service.get("/healthz?q=sk-from-the-environment")

    assert "sk-from-the-environment" in service.logs.since()
    assert "sk-from-the-environment" not in service.logs.tail()
    assert "GET /healthz?q=[redacted] HTTP" in service.logs.tail()
    echoed = service.get("/headers")
    assert "sk-from-the-environment" in echoed.text
    assert "sk-from-the-environment" not in echoed.excerpt(1000)


def test_a_missing_variable_is_told(start):
    """Else the service would be asked without a token, and be blamed."""
    with pytest.raises(CannotJudge, match=r"^auth: no variable NO_SUCH_KEY in the environment; meant: the token"):
        Asked(start(auth=Auth(env="NO_SUCH_KEY"))).get("/v1/models")


def test_a_service_that_runs_already_is_asked_and_left_alone(start, shop):
    """Its logs are not ours to see, and it is not ours to restart."""
    evidence = Evidence()
    running = start("", url=shop.url)

    assert Asked(running, evidence).get("/healthz").status == 200
    assert evidence.remarks == [f"asked at {shop.url}, where it ran already"]
    with pytest.raises(CannotJudge, match="are not seen; meant: 'serve' or 'asgi'"):
        _ = running.logs
    with pytest.raises(CannotJudge, match="is not restarted; meant: 'serve' or 'asgi'"):
        running.restart()


def test_another_machine_is_asked_when_the_plan_names_it_alone(start):
    """A slip in a URL must not send a burst to production."""
    there = "http://0.0.0.0:1"  # which leads here, and is no name for it

    assert (
        told(start("", url=there)) == f"{there} is not this machine; meant: its host under 'allow_hosts' of 'service'"
    )
    assert told(start("", url=there, allow_hosts=("0.0.0.0",))).startswith(
        f"the service at {there} is not ready: GET /healthz: connection refused"
    )


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80/x", True),
        ("http://LOCALHOST", True),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost@example.org", False),
        ("http://1127.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://", False),
        ("http://[oops", False),
    ],
)
def test_this_machine_is_told_from_those_that_look_like_it(url, allowed):
    """By the host, as a client reads it."""
    assert Service().allows(url) is allowed


def test_the_command_line_takes_the_place_of_the_plan(start):
    """All of how to reach it; not who asks."""
    plan = Plan("p", "", service=Service(serve="x {port}", env={"A": "b"}, ready="/r", auth=Auth(token="t")))

    assert settings_of(plan, "http://127.0.0.1:1") == Service(
        url="http://127.0.0.1:1", ready="/r", auth=Auth(token="t")
    )
    assert settings_of(plan, None) is plan.service
    assert settings_of(Plan("p", ""), None) is None


def test_the_interpreter_is_that_of_the_plan(start):
    """The service has dependencies that the judge has not."""
    assert told(start(python="nowhere/python")).startswith("service: python: 'nowhere/python' is neither a file")
    assert start(python=sys.executable).url
