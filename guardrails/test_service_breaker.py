"""The running service's circuit breaker opens, says so, and closes again; nothing fails in silence."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.breaker import (
    NONCE,
    STATES,
    Attempt,
    Marks,
    Shown,
    State,
    faults_of_fallback,
    has_place,
    untold,
)
from pytest_coordguard.domain.breaker_faults import lost_provenance, never_closed, never_half_open, unmarked
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.metric_faults import FrozenBody, edit_lines
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import Forgetful, drop_json, on
from pytest_coordguard.facts.command import completed, ending
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.breaker import Watch, asked
from pytest_coordguard.facts.service.exposition import NotMetrics, Sample, read_sample
from pytest_coordguard.facts.service.service import Service

RULE = "service.breaker"
PLACE = "breaker.state"
HEADER = "X-Request-ID"
HEALTHY = "a success before the fault"
TRIPPED = "an answer while the breaker was open"
AGAIN = "a success after it closed"
SOME = 30  # calls that fail at once; one that looks at a share of failures may need more, which come slower
PAUSE = 0.1  # seconds between those
LOGGED = 2.0  # seconds until a line is in the log


@dataclass(slots=True)
class Trial:
    """One breaker on its way from closed to closed."""

    repo: Repository
    service: Service
    endpoint: Ask
    watch: Watch
    marks: Marks
    trace: str
    within: float
    control: Control
    attempts: list[Attempt] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def call(self) -> Attempt:
        """Ask the endpoint as a new caller, with a nonce that can be found in the log."""
        before = self.watch.seen[-1].health if self.watch.seen else None
        nonce = f"coordguard-{uuid4().hex[:12]}"
        headers = {**self.endpoint.headers, self.trace: nonce} if self.trace else self.endpoint.headers
        return Attempt(self.service.send(replace(self.endpoint, headers=headers)), nonce, before)


@dataclass(frozen=True, slots=True)
class Switch:
    """What makes the upstream fail, or work again."""

    asks: tuple[Ask, ...]
    run: str = ""

    def apply(self, trial: Trial, word: str) -> None:
        """Do it.

        Raises:
            CannotJudge: it does not succeed.

        """
        for ask in self.asks:
            reply = trial.service.send(ask)
            if not ask.expects(reply.status):
                raise CannotJudge(f"{word}: {reply}; meant: a request that succeeds")
        if self.run:
            outcome = completed(self.run, cwd=trial.repo.root, seconds=trial.within)
            if outcome.returncode:
                raise CannotJudge(f"{word}_run: {self.run!r} {ending(outcome)}")


@guardrail(RULE, remedy="Show the breaker's own state in both places, mark each fallback, and log each failure first.")
def test_breaker_opens_and_closes(
    service: Service,
    repo: Repository,
    evidence: Evidence,
    endpoint: Ask,
    trip: list[Ask] | None = None,
    heal: list[Ask] | None = None,
    trip_run: str = "",
    heal_run: str = "",
    healthz: str = PLACE,
    says: dict[str, str] | None = None,
    metrics: dict[str, str] | None = None,
    fallback: str = "",
    fallback_header: str = "",
    provenance: str = "",
    log: list[str] | None = None,
    trace: str = HEADER,
    half_open: bool = True,
    reset: Seconds = Seconds(10.0),
    within: Seconds = Seconds(30.0),
) -> None:
    """The breaker goes from closed to open, half-open and closed, seen in /healthz and /metrics alike.

    While its upstream fails, each answer is marked as a fallback or is an error 5xx, keeps its provenance, and has left
    a line in the log. Afterwards the upstream works again, whatever was found.

    Args:
        endpoint: a request that goes through the breaker, and succeeds; its `times` says after how many failures at
            most the breaker must be open; without it, `within` is the limit.
        trip: requests that make the upstream fail, as `POST /_fault`.
        heal: requests that let it work again.
        trip_run: a command that makes the upstream fail, in place of requests or beside them.
        heal_run: a command that lets it work again.
        healthz: where the JSON of /healthz has the state.
        says: what it says there for `closed`, `open` and `half-open`, where it uses words of its own.
        metrics: the line of /metrics that each state has, as `{closed: "breaker_state 0", open: "breaker_state 1"}`.
        fallback: where the JSON of a fallback says that it is one.
        fallback_header: the header that says it.
        provenance: where the JSON of each success tells its origin, that of a fallback too.
        log: words that the line of a failure must hold, all of them; `{nonce}` is what `trace` was sent with.
        trace: a header that goes with each call, another one each time.
        half_open: whether half-open has to be seen: false where it lasts no longer than one call.
        reset: how long an open breaker waits at the longest before it lets a call through.
        within: how long each step may take.

    """
    if not (trip or trip_run) or not (heal or heal_run):
        raise CannotJudge("neither failing nor working again can be brought about; meant: 'trip: …' and 'heal: …'")
    start = service.logs.mark() if log else 0
    control = Control(evidence)
    watch = Watch(service, healthz, says or {}, _samples(metrics))
    marks = Marks(fallback_header, fallback, provenance)
    trial = Trial(repo, service, endpoint, watch, marks, trace, within, control)
    on_, off = Switch(tuple(trip or ()), trip_run), Switch(tuple(heal or ()), heal_run)
    with _healed(trial, off, reset):
        if _starts_closed(trial, off) and _opens(trial, on_):
            off.apply(trial, "heal")
            _closes(trial, reset, half_open)
    evidence.remark(f"seen: {', '.join(_words(one) for one in watch.seen)}")
    if log:
        _told(trial, log, start)
    trial.faults += faults_of_fallback(trial.attempts, marks)
    trial.faults += _disagreements(watch)
    evidence.measured("calls while the upstream failed", len(trial.attempts), at_least=1)
    require_none(Finding("", 0, fault, RULE) for fault in trial.faults)
    control.require(HEALTHY, TRIPPED, AGAIN)


def _samples(metrics: Mapping[str, str] | None) -> dict[State, Sample] | None:
    if not metrics:
        return None
    if unknown := [state for state in metrics if state not in STATES]:
        raise CannotJudge(f"metrics: {unknown[0]!r} is no state; meant: {', '.join(STATES)}")
    try:
        return {state: read_sample(metrics[state]) for state in STATES if state in metrics}
    except NotMetrics as error:
        raise CannotJudge(f"metrics: {error.what}; meant: a line of /metrics, as 'breaker_state 1'") from error


def _words(shown: Shown) -> str:
    health = shown.health or f"{shown.said or 'nothing'} (no state)"
    return health if shown.agree else f"{health} and in the metrics {' and '.join(shown.metrics or ()) or 'nothing'}"


@contextmanager
def _healed(trial: Trial, off: Switch, reset: float) -> Iterator[None]:
    """Let the upstream work again at the end, and the breaker be closed for those who come next."""
    try:
        yield
    finally:
        off.apply(trial, "heal")
        if trial.watch.seen and trial.watch.seen[-1].health not in ("closed", None):
            trial.watch.until("closed", seconds=reset + 1, meanwhile=lambda: asked(trial.service, trial.endpoint))


def _starts_closed(trial: Trial, off: Switch) -> bool:
    """Tell whether it can go on from here: a state is shown."""
    off.apply(trial, "heal")
    first = trial.watch.look()
    if first.trouble and first.health is None:
        trial.faults.append(first.trouble)
        return False
    if not trial.watch.until("closed", seconds=trial.within, meanwhile=lambda: asked(trial.service, trial.endpoint)):
        raise CannotJudge(f"the breaker is {trial.watch.seen[-1].health} before anything was done; meant: 'heal'")
    del trial.watch.seen[:-1]  # what stood there before is no part of this
    reply = trial.call().reply
    if not trial.endpoint.expects(reply.status):
        raise Vacuous(f"the endpoint does not succeed ({reply}), so that its failures say nothing")
    trial.control.saw(HEALTHY)
    if trial.marks.are_on(reply):
        trial.faults.append(f"{trial.endpoint}: a success is marked as a fallback")
    if trial.marks.provenance and not has_place(reply, trial.marks.provenance):
        trial.faults.append(f"{trial.endpoint}: a success has nothing at {trial.marks.provenance}")
    return True


def _opens(trial: Trial, on_: Switch) -> bool:
    on_.apply(trial, "trip")
    most = trial.endpoint.times if trial.endpoint.times > 1 else None
    deadline = time.monotonic() + trial.within
    while trial.watch.look().health != "open":
        if (most and len(trial.attempts) >= most) or time.monotonic() > deadline:
            if stays := trial.watch.seen[-1].health:  # else there is a fault already: no state is shown
                trial.faults.append(f"the breaker stays {stays} however often {trial.endpoint} fails")
            return False
        time.sleep(PAUSE if len(trial.attempts) >= SOME else 0)
        trial.attempts.append(trial.call())
    trial.control.evidence.measured("failures until it opens", len(trial.attempts), at_most=most)
    trial.attempts.append(trial.call())
    trial.control.saw(TRIPPED)
    shown = trial.attempts[-1].reply
    trial.control.evidence.remark(f"while open: {shown}, {shown.excerpt()}")
    return True


def _closes(trial: Trial, reset: float, half_open: bool) -> None:
    def go_on() -> object:
        return asked(trial.service, trial.endpoint)

    trial.watch.until("half-open", "closed", seconds=reset)
    if not trial.watch.until("closed", seconds=trial.within, meanwhile=go_on):
        trial.faults.append("the breaker does not close again when the upstream works")
    came = any(one.health == "half-open" for one in trial.watch.seen)
    if half_open and not came:
        trial.faults.append("half-open is never seen; meant: 'half_open: false' where it lasts no longer than one call")
    if trial.watch.seen[-1].health != "closed":
        return
    reply = trial.call().reply
    if trial.endpoint.expects(reply.status) and not trial.marks.are_on(reply):
        trial.control.saw(AGAIN)
    else:
        trial.faults.append(f"{trial.endpoint}: is answered by {reply.status} or a fallback after the breaker closed")


def _told(trial: Trial, words: list[str], start: int) -> None:
    deadline = time.monotonic() + LOGGED
    while (missing := untold(trial.attempts, words, trial.service.logs.since(start))) and time.monotonic() < deadline:
        time.sleep(0.05)
    if missing:
        trial.faults.append(f"failures of the upstream have no line in the log with {', '.join(map(repr, words))}")


def _disagreements(watch: Watch) -> Iterator[str]:
    health, metrics = watch.service.settings.healthz, watch.service.settings.metrics
    for one in watch.seen:
        if one.trouble:
            yield one.trouble
        elif not one.agree:
            yield f"{health} says {one.health} and {metrics} says {' and '.join(one.metrics or ()) or 'none of them'}"


# -- faults between the check and the service ----------------------------------------------------------------


@violation(test_breaker_opens_and_closes)
def state_is_not_in_health(service: Service, healthz: str = PLACE) -> Fault:
    """Say nothing of the breaker in /healthz."""
    return drop_json(healthz, where=on(paths=[service.settings.healthz]))


@violation(test_breaker_opens_and_closes)
def health_stands_still(service: Service) -> Fault:
    """Say for ever in /healthz what was said first."""
    return FrozenBody(service.settings.healthz)


@violation(test_breaker_opens_and_closes)
def metrics_stand_still(service: Service, metrics: dict[str, str] | None = None) -> Fault:
    """Say for ever in /metrics what was said first."""
    if not metrics:
        raise CannotPlant("the plan names no line of /metrics")
    return FrozenBody(service.settings.metrics)


@violation(test_breaker_opens_and_closes)
def state_is_not_in_metrics(service: Service, metrics: dict[str, str] | None = None) -> Fault:
    """Leave the breaker out of /metrics."""
    names = {sample.name for sample in (_samples(metrics) or {}).values()}
    if not names:
        raise CannotPlant("the plan names no line of /metrics")
    return edit_lines(service.settings.metrics, lambda line: "" if any(name in line for name in names) else line)


@violation(test_breaker_opens_and_closes)
def fallback_is_not_marked(endpoint: Ask, fallback: str = "", fallback_header: str = "") -> Fault:
    """Answer 200 without a word while the upstream fails."""
    return unmarked(endpoint, fallback, fallback_header)


@violation(test_breaker_opens_and_closes)
def provenance_is_lost(endpoint: Ask, provenance: str = "", fallback: str = "", fallback_header: str = "") -> Fault:
    """Answer with a fallback that does not tell its origin."""
    if not (provenance and (fallback or fallback_header)):
        raise CannotPlant("the plan names no provenance, or no mark of a fallback")
    return lost_provenance(endpoint, provenance, fallback, fallback_header)


@violation(test_breaker_opens_and_closes)
def stays_open(service: Service, healthz: str = PLACE, says: dict[str, str] | None = None) -> Fault:
    """Show no other state once it was open."""
    return never_closed(service.settings.healthz, healthz, says or {})


@violation(test_breaker_opens_and_closes)
def half_open_is_not_shown(
    service: Service, healthz: str = PLACE, says: dict[str, str] | None = None, half_open: bool = True
) -> Fault:
    """Say open while it is half-open."""
    if not half_open:
        raise CannotPlant("the plan does not ask to see half-open")
    return never_half_open(service.settings.healthz, healthz, says or {})


@violation(test_breaker_opens_and_closes)
def failures_cannot_be_traced(log: list[str] | None = None, trace: str = HEADER) -> Fault:
    """Lose the header by which a failure is found in the log."""
    if not any(NONCE in word for word in log or ()):
        raise CannotPlant("no line is looked for by its call; a log cannot be spoilt from outside")
    return Forgetful(trace.lower())
