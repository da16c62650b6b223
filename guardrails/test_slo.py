"""Service level objectives: a monitoring system says that they hold, and was able to say otherwise."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.promql import duration
from pytest_coordguard.domain.slo import Outcome, Seen, Slo, State, Traffic, Watch, one_value, outcomes
from pytest_coordguard.domain.wire import Altered, Answer, Call, Fault
from pytest_coordguard.facts.prometheus import Monitoring
from pytest_coordguard.facts.slo import look, up_of

RULE = "slo.holds"
FIVE_MINUTES = Seconds(300)
THREE_MINUTES = Seconds(180)  # three times Prometheus's own default of a scrape a minute


@guardrail(RULE, remedy="Open the graph of the objective that is named, and find what changed when it left its bound.")
def test_objectives_hold(
    monitoring: Monitoring,
    evidence: Evidence,
    prometheus: str,
    job: str,
    slos: dict[str, Slo],
    traffic: Traffic,
    window: Seconds = FIVE_MINUTES,
    max_age: Seconds = THREE_MINUTES,
    targets: int = 1,
    allow_hosts: list[str] | None = None,
    token_env: str = "",
) -> None:
    """Each objective is within its bound, by one fresh sample, with all targets up and enough traffic.

    What is missing, idle, stale or told apart into several series holds nothing: the criterion is then broken. A value
    beyond its bound counts as soon as there is enough traffic.

    Args:
        prometheus: its base URL, as http://127.0.0.1:9090.
        job: the scrape job of the service; each target of it must be up.
        slos: objectives by name, each with `query` and `at_most` or `at_least`.
        traffic: `query` and `at_least`: how much must have passed in the window.
        window: what `{window}` in a query stands for; the job must have been scraped since before it began.
        max_age: how long ago a target may have been scraped last.
        targets: how many targets the job has at least.
        allow_hosts: hosts of a Prometheus that is not on this machine.
        token_env: the variable that holds its bearer token.

    """
    if not slos:
        raise Vacuous("slos: no objective to look at")
    watch = Watch(prometheus, job, slos, traffic, window, max_age, targets, tuple(allow_hosts or ()), token_env)
    seen = look(monitoring.at(prometheus, watch.allow_hosts, token_env), watch, time.time())
    found = outcomes(watch, seen)
    _note(watch, seen, found, evidence)
    require_none(
        Finding("", 0, f"{one.name}: {one.why}", "slo.breached") for one in found if one.state is State.BREACHED
    )
    unverified = [one for one in found if one.state is State.UNVERIFIED]
    if unverified:
        refused = any(reading.refused for reading in (seen.traffic, *seen.slos.values()))
        raise (CannotJudge if refused else Vacuous)(not_verified(unverified))


def not_verified(unverified: list[Outcome]) -> str:
    """Return one sentence for what could not be verified; a reason that several share is told once."""
    by_reason: dict[str, list[str]] = {}
    for one in unverified:
        by_reason.setdefault(one.why, []).append(one.name)
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())


def _note(watch: Watch, seen: Seen, found: tuple[Outcome, ...], evidence: Evidence) -> None:
    clock = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seen.at))
    evidence.remark(f"asked {watch.prometheus} for {clock}, over {duration(watch.window_seconds)}")
    up = sum(target.up for target in seen.targets)
    evidence.measured("targets up", up, at_least=max(watch.targets, len(seen.targets)))
    passed = one_value(seen.traffic, seen.at)
    if not isinstance(passed, str):
        evidence.measured("traffic", passed, at_least=watch.traffic.at_least)
    for one in found:
        if one.value is not None:
            bounds = {"at_most": one.slo.at_most, "at_least": one.slo.at_least}
            evidence.measured(one.name, one.value, **bounds, unit=one.slo.unit)
        if one.state is State.UNVERIFIED:
            evidence.remark(f"{one.name} not verified: {one.why}")
    for name, reading in seen.slos.items():
        for note in reading.result.notes if reading.result else ():
            evidence.remark(f"{name}: {note}")


# -- faults between the check and Prometheus -----------------------------------------------------------------


def asked_for(query: str) -> Callable[[Call, Answer], bool]:
    """Return the condition of the answers to one query, and not of its control at a time without data."""

    def holds(call: Call, _: Answer) -> bool:
        fields = parse_qs(call.body.decode())
        return fields["query"] == [query] and float(fields["time"][0]) > time.time() - 60

    return holds


def _first(slos: Mapping[str, Slo], window: Seconds) -> tuple[str, str]:
    """Return the query of the first objective, and a value that it would hold with."""
    slo = next(iter(slos.values()))
    return slo.query.replace("{window}", duration(window)), repr(slo.at_least if slo.at_most is None else slo.at_most)


def _answered(query: str, *values: str, late: float = 0.0) -> Fault:
    """Answer one query with other samples, as of the time that it asks for or so many seconds before."""

    def change(call: Call, _: Answer) -> Answer:
        when = float(parse_qs(call.body.decode())["time"][0]) - late
        rows = [{"metric": {"planted": str(row)}, "value": [when, value]} for row, value in enumerate(values)]
        document = {"status": "success", "data": {"resultType": "vector", "result": rows}}
        return Answer(200, [("Content-Type", "application/json")], [json.dumps(document).encode()])

    return Altered(change, asked_for(query))


@violation(test_objectives_hold)
def value_beyond_its_bound(slos: dict[str, Slo], window: Seconds = FIVE_MINUTES) -> Fault:
    """Let the first objective be one above its upper bound, or one below its lower."""
    slo = next(iter(slos.values()))
    beyond = slo.at_most + 1 if slo.at_most is not None else (slo.at_least or 0) - 1
    return _answered(_first(slos, window)[0], repr(beyond))


@violation(test_objectives_hold, blinds=True)
def metric_gone(slos: dict[str, Slo], window: Seconds = FIVE_MINUTES) -> Fault:
    """Let the first objective have no sample, as when the metric is not exported any more."""
    return _answered(_first(slos, window)[0])


@violation(test_objectives_hold, blinds=True)
def no_number(slos: dict[str, Slo], window: Seconds = FIVE_MINUTES) -> Fault:
    """Let the first objective be NaN, as when nothing was counted in the window."""
    return _answered(_first(slos, window)[0], "NaN")


@violation(test_objectives_hold, blinds=True)
def several_series(slos: dict[str, Slo], window: Seconds = FIVE_MINUTES) -> Fault:
    """Let the first objective have two series, both well within its bound."""
    query, well = _first(slos, window)
    return _answered(query, well, well)


@violation(test_objectives_hold, blinds=True)
def old_answer(slos: dict[str, Slo], window: Seconds = FIVE_MINUTES) -> Fault:
    """Let the first objective be answered out of a cache, well within its bound and an hour old."""
    query, well = _first(slos, window)
    return _answered(query, well, late=3600)


@violation(test_objectives_hold, blinds=True)
def target_down(job: str) -> Fault:
    """Let the one target of the job be down, while the values of before are still there."""
    return _answered(up_of(job), "0")


@violation(test_objectives_hold, blinds=True)
def no_traffic(traffic: Traffic, window: Seconds = FIVE_MINUTES) -> Fault:
    """Let nothing have passed in the window."""
    return _answered(traffic.query.replace("{window}", duration(window)), "0")
