"""The service under test, as guardrails see it: the fixture `service`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_coordguard.domain.ask import Ask, ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Plan, Runner
from pytest_coordguard.domain.reply import Reply, Stream
from pytest_coordguard.domain.service import Service as Settings
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.facts.service import probe
from pytest_coordguard.facts.service.caller import Caller, Who, headers_of
from pytest_coordguard.facts.service.launch import Home, Launch, Started, telling, unready
from pytest_coordguard.facts.service.logs import Logs

if TYPE_CHECKING:
    from pytest_coordguard.facts.service.proxy import Proxy

TOLD = 0.3  # seconds until the supervisor has told of an end that breaks a connection
MISSING = "no service in the plan; meant: 'service:' with one of asgi, serve, url, or --service-url URL"


class Running:
    """The one service of this process: started at the first question, once; ended with the session."""

    def __init__(self, settings: Settings | None, root: Path, runner: Runner, folder: Path, given: str = "") -> None:
        self.asked_settings = settings
        self.given = given  # the URL of the command line
        self._home = Home(root, runner, folder)
        self._failure: CannotJudge | None = None
        self._url = ""
        self._beside: dict[str, Started] = {}
        self._started: Started | None = None
        self._others: dict[str, Running] = {}

    @property
    def settings(self) -> Settings:
        """What the plan says of it.

        Raises:
            CannotJudge: it says nothing.

        """
        if self.asked_settings is None:
            raise CannotJudge(MISSING)
        return self.asked_settings

    @property
    def url(self) -> str:
        """Where it answers; it is started when it is not running yet.

        Raises:
            CannotJudge: it cannot be reached; the same at each call, without another attempt. `EndedEarly`, when its
                command ended by itself.

        """
        if self._failure:
            raise type(self._failure)(*self._failure.args)
        if not self._url:
            try:
                self._url = self._reach()
            except CannotJudge as error:
                self._failure = error
                self.stop()
                raise
        return self._url

    def start(self) -> None:
        """Start it when it is not running yet.

        Raises:
            CannotJudge: as for `url`.

        """
        _ = self.url

    @property
    def logs(self) -> Logs:
        """What it prints.

        Raises:
            CannotJudge: it was not started here.

        """
        if self.settings.url:
            raise CannotJudge("the logs of a service that runs already are not seen; meant: 'serve' or 'asgi'")
        return self._launch().logs("service")

    @property
    def ending(self) -> str:
        """How it ended, in words; "" while it runs, and for one that was not started here."""
        return self._started.process.ending if self._started else ""

    def gone(self) -> tuple[str, str]:
        """Return how it ended and the line it printed that tells most; ("", "") while it runs."""
        deadline = time.monotonic() + TOLD
        while not self.ending and time.monotonic() < deadline:
            time.sleep(TOLD / 10)
        return (self.ending, telling(self.logs.tail())) if self.ending else ("", "")

    @property
    def pid(self) -> int | None:
        """The process of its command."""
        return self._started.process.pid if self._started else None

    @property
    def python(self) -> str:
        """The interpreter of what the repository runs.

        Raises:
            CannotJudge: the plan names one that is not there.

        """
        return Launch(self.settings, self._home).python()

    @property
    def secret(self) -> str:
        """The token that the environment holds, "" when the plan takes none from there: no message may show it."""
        auth = self.settings.auth
        return os.environ.get(auth.env, "") if auth and auth.env else ""

    def restart(self) -> None:
        """End the service and start it again; what runs beside it goes on, and `{scratch}` stays.

        Raises:
            CannotJudge: it was not started here, or does not come up again.

        """
        if self.settings.url:
            raise CannotJudge("a service that runs already is not restarted; meant: 'serve' or 'asgi'")
        self.start()
        assert self._started is not None  # as there is no URL
        self._started.process.stop()
        self._started, self._url = None, ""
        self.start()

    def other(self, settings: Settings) -> Running:
        """Return another service, in a folder of its own: the same one for the same settings, ended with this one."""
        folder = self._home.folder / f"other-{len(self._others) + 1}"
        made = Running(settings, self._home.root, self._home.runner, folder)
        return self._others.setdefault(repr(settings), made)

    def stop(self) -> None:
        """End it, all that was started beside it, and all others."""
        for other in self._others.values():
            other.stop()
        for started in filter(None, (self._started, *self._beside.values())):
            started.process.stop()
        self._started, self._url = None, ""
        self._beside.clear()

    def remarks(self) -> list[str]:
        """Return in what the service differs from the one that ships: each goes into the evidence."""
        settings = self.settings
        if self.given:
            return [f"asked at {self.given}, which --service-url gave, and not where the plan says"]
        if settings.url:
            return [f"asked at {settings.url}, where it ran already"]
        known = [f"started with {name}={value}" for name, value in sorted(settings.env.items())]
        return known + [f"beside it: {line}" for line in settings.beside.values()]

    def _reach(self) -> str:
        settings = self.settings
        if settings.url:
            return _reached(settings)
        launch = self._launch()
        for name in settings.beside:
            if name not in self._beside:
                self._beside[name] = launch.beside(name)
        self._started = launch.service()
        return self._started.url

    def _launch(self) -> Launch:
        ports = {name: started.port for name, started in self._beside.items()}
        self._home.folder.mkdir(parents=True, exist_ok=True)
        return Launch(self.settings, self._home, (self.secret,), ports)


def _reached(settings: Settings) -> str:
    if not settings.allows(settings.url):
        raise CannotJudge(f"{settings.url} is not this machine; meant: its host under 'allow_hosts' of 'service'")
    if why := unready(settings.url, settings.ready):
        raise CannotJudge(f"the service at {settings.url} is not ready: {why}")
    return settings.url


def settings_of(plan: Plan, given: str | None) -> Settings | None:
    """Return the plan's service; at the URL of the command line, when one is given."""
    if given is None:
        return plan.service
    return replace(plan.service or Settings(), url=given, asgi="", serve="", env={}, beside={})


class Service:
    """Asks the running service, directly or through a fault. Each question has a connection and a token of its own."""

    def __init__(self, running: Running, evidence: Evidence | None = None, proxy: Proxy | None = None) -> None:
        self.running = running
        self._evidence = evidence
        self._proxy = proxy
        self._spoilt_elsewhere = 0

    @property
    def settings(self) -> Settings:
        """What the plan says of it."""
        return self.running.settings

    @property
    def url(self) -> str:
        """Where it is to be asked, without a slash at the end.

        Raises:
            CannotJudge: it cannot be reached.

        """
        direct = self.running.url
        if self._evidence is not None:
            for remark in self.running.remarks():
                if remark not in self._evidence.remarks:
                    self._evidence.remark(remark)
        return (self._proxy.url if self._proxy else direct).rstrip("/")

    @property
    def spoilt(self) -> int:
        """How many calls and answers the fault has changed so far."""
        return (self._proxy.spoilt if self._proxy else 0) + self._spoilt_elsewhere

    @property
    def logs(self) -> Logs:
        """What the service prints: `mark = service.logs.mark()`, then `service.logs.since(mark)`."""
        return self.running.logs

    def restart(self) -> None:
        """End the service and start it again, on the same store."""
        self.running.restart()

    def caller(self, who: Who = "plan") -> Caller:
        """Return a caller whose token stays the same, for what counts per caller: limits, repeated keys."""
        return Caller(self.url, headers_of(self.settings, who), self.running.secret, self.running.gone)

    def send(self, asked: Ask) -> Reply:
        """Ask once, as a new caller.

        Raises:
            NoAnswer: there was none.

        """
        return self.caller(asked.auth).send(asked)

    def stream(self, asked: Ask, *, most: int = probe.EVENTS, seconds: float = probe.WHOLE) -> Stream:
        """Ask once, as a new caller, and read the answer as a stream of events.

        Raises:
            NoAnswer: there was none.

        """
        return self.caller(asked.auth).stream(asked, most=most, seconds=seconds)

    def get(self, path: str, **headers: str) -> Reply:
        """Ask with GET, as a new caller."""
        return self.send(ask(f"GET {path}").with_headers(**headers))

    def post(self, path: str, data: object, **headers: str) -> Reply:
        """Ask with POST and a JSON body, as a new caller."""
        return self.send(ask(f"POST {path}").with_json(data).with_headers(**headers))

    @contextmanager
    def through(self, fault: Fault) -> Iterator[Service]:
        """Give the same service with a fault between; its logs and its restart are the real ones."""
        from pytest_coordguard.facts.service.proxy import Proxy

        with Proxy(fault, lambda: self.url) as proxy:
            yield Service(self.running, self._evidence, proxy)

    def other(self, settings: Settings) -> Service:
        """Give another service, as one to compare with; no fault is between. It ends with this one."""
        return Service(self.running.other(settings), self._evidence)

    @contextmanager
    def started_with(self, env: Mapping[str, str]) -> Iterator[Service]:
        """Give the same service started once more with other variables, through the same fault; it ends with this one.

        Raises:
            CannotJudge: it was not started here, so that it cannot be started otherwise.

        """
        if self.settings.url:
            raise CannotJudge("a service that runs already is not started otherwise; meant: 'serve' or 'asgi'")
        given = self._proxy.fault.environment(env) if self._proxy else env
        self._spoilt_elsewhere += given != env
        started = self.other(replace(self.settings, env={**self.settings.env, **given}))
        if self._proxy is None:
            yield started
            return
        with started.through(self._proxy.fault) as spoilt:
            yield spoilt
            self._spoilt_elsewhere += spoilt.spoilt
