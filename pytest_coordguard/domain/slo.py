"""Service level objectives, what was seen of them in a monitoring system, and when one holds. Plain data and rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pytest_coordguard.domain.promql import compares, duration

SKEW = 1.0  # seconds between the time that was asked for and that of an answer; they are the same, rounded


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective: a PromQL expression whose one value stays within a bound."""

    query: str  # `{window}` in it is the criterion's window
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How much must have passed before a rate or a quantile says anything."""

    query: str
    at_least: float


@dataclass(frozen=True, slots=True)
class Watch:
    """What a criterion watches."""

    prometheus: str
    job: str
    slos: Mapping[str, Slo]
    traffic: Traffic
    window_seconds: float = 300.0
    max_age_seconds: float = 180.0  # three times Prometheus's own default of a scrape a minute
    targets: int = 1  # so many at least
    allow_hosts: tuple[str, ...] = ()
    token_env: str = ""


def watch_of(parameters: Mapping[str, Any]) -> Watch:
    """Return what the parameters of a criterion watch; what they do not give has its default."""
    renamed = {"window": "window_seconds", "max_age": "max_age_seconds"}
    given = {renamed.get(name, name): value for name, value in parameters.items()}
    return Watch(**given | {"allow_hosts": tuple(given.get("allow_hosts") or ())})


@dataclass(frozen=True, slots=True)
class Sample:
    """One value at one time."""

    value: float
    at: float  # seconds since the epoch
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What Prometheus answers to one query."""

    kind: str  # vector, scalar, matrix, string
    samples: tuple[Sample, ...] = ()
    warnings: tuple[str, ...] = ()  # of Prometheus itself: the answer may not be whole
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen of one query."""

    query: str  # as it was sent
    result: Result | None = None
    refused: str = ""  # Prometheus's own words, when it did not take the query
    constant: bool = False  # it has a value even at a time without any data
    last_bucket: float | None = None  # the quantile lies beyond this bound of its histogram


@dataclass(frozen=True, slots=True)
class Target:
    """One scraped target of the job."""

    instance: str
    up: bool
    scraped: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen for a criterion, at one time."""

    at: float
    targets: tuple[Target, ...]
    covers_window: bool  # some target was scraped before the window began
    traffic: Reading
    slos: Mapping[str, Reading]


class State(StrEnum):
    """How an objective stands. UNVERIFIED is neither good nor bad news: nothing is known."""

    HELD = "held"
    BREACHED = "breached"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one objective stands, and why."""

    name: str
    slo: Slo
    query: str
    state: State
    value: float | None = None
    why: str = ""  # a sentence, for what does not hold


def outcomes(watch: Watch, seen: Seen) -> tuple[Outcome, ...]:
    """Return how each objective stands.

    It holds only when nothing stands against the whole of what was seen. It is breached when its one value is beyond
    its bound and enough has passed to say so, even with a target down: that is no reason to look away.
    """
    quiet = scarce(watch, seen)
    blind = [*_blind(watch, seen), *([quiet] if quiet else [])]
    return tuple(
        _outcome(name, watch.slos[name], reading, seen.at, quiet, blind) for name, reading in seen.slos.items()
    )


def _outcome(name: str, slo: Slo, reading: Reading, at: float, quiet: str, blind: Sequence[str]) -> Outcome:
    def ends(state: State, value: float | None, why: str = "") -> Outcome:
        return Outcome(name, slo, reading.query, state, value, why)

    value = one_value(reading, at)
    if isinstance(value, str):
        return ends(State.UNVERIFIED, None, value)
    beyond = _beyond(slo, value, reading)
    if beyond and not quiet:
        return ends(State.BREACHED, value, beyond)
    if blind:
        return ends(State.UNVERIFIED, value, "; ".join(blind))
    if reading.last_bucket is not None:
        return ends(State.UNVERIFIED, value, f"saturated: the quantile lies beyond the last bucket, {value:g}")
    return ends(State.HELD, value)


def _beyond(slo: Slo, value: float, reading: Reading) -> str:
    """Return in which way a value is beyond its bound, "" when it is within."""
    open_ended = " or more (beyond the last bucket)" if reading.last_bucket is not None else ""
    if slo.at_most is not None and value > slo.at_most:
        return f"{value:.4g}{slo.unit}{open_ended}, at most {slo.at_most:g}{slo.unit} wanted"
    if slo.at_least is not None and value < slo.at_least and not open_ended:
        return f"{value:.4g}{slo.unit}, at least {slo.at_least:g}{slo.unit} wanted"
    return ""


def one_value(reading: Reading, at: float) -> float | str:
    """Return the one finite value of a reading, or why there is none to go by."""
    if reading.result is None:
        return f"Prometheus refuses the query: {reading.refused}"
    if why := _unusable(reading.query, reading.result):
        return why
    (sample,) = reading.result.samples
    if abs(sample.at - at) > SKEW:
        return f"stale: the answer is of {at - sample.at:.0f} s before the time that was asked for"
    if reading.constant:
        return (
            f"the query gives {sample.value:g} even where there is no data, so that a missing metric looks well; "
            "meant: `or vector(0)` around a part, not around the whole"
        )
    if not math.isfinite(sample.value):
        idle = " (nothing happened in the window, or a bucket is missing)" if math.isnan(sample.value) else ""
        return f"the value is {sample.value:g}{idle}"
    return sample.value


def _unusable(query: str, result: Result) -> str:
    """Return why a result is not one number, "" when it is."""
    if result.warnings:
        return f"Prometheus warns of its own answer: {'; '.join(result.warnings)}"
    if result.kind not in ("vector", "scalar"):
        return f"the query gives a {result.kind}; meant: one number, as of an instant vector"
    return "" if len(result.samples) == 1 else _not_one(query, result.samples)


def _not_one(query: str, samples: Sequence[Sample]) -> str:
    if samples:
        kept = sorted({name for sample in samples for name in sample.labels})
        return f"{len(samples)} series, told apart by {', '.join(kept) or 'nothing'}; meant: one, as by sum(…)"
    if compares(query):
        return "no sample: the query compares by itself and is silent when all is well; meant: the value alone"
    return (
        "no sample: a metric in it is not there, or has no series yet; where a part may be missing, as before the "
        "first 5xx, meant: (… or vector(0)) around that part"
    )


def scarce(watch: Watch, seen: Seen) -> str:
    """Return why too little has passed to say anything, "" when it is enough."""
    value = one_value(seen.traffic, seen.at)
    if isinstance(value, str):
        return f"traffic: {value}"
    if value < watch.traffic.at_least:
        return f"traffic is {value:.4g} in {duration(watch.window_seconds)}, at least {watch.traffic.at_least:g} wanted"
    return ""


def _blind(watch: Watch, seen: Seen) -> Iterator[str]:
    """Yield what of the targets stands against believing anything."""
    job = f"job {watch.job!r}"
    if not seen.targets:
        yield f"Prometheus scrapes no target of {job}"
        return
    if len(seen.targets) < watch.targets:
        yield f"{job} has {len(seen.targets)} targets, at least {watch.targets} wanted"
    oldest = min(target.scraped for target in seen.targets)
    if down := [target.instance for target in seen.targets if not target.up]:
        yield f"{job}: {len(down)} of {len(seen.targets)} targets down ({', '.join(sorted(down)[:3])})"
    elif seen.at - oldest > watch.max_age_seconds:
        yield f"stale: {job} was last scraped {seen.at - oldest:.0f} s ago, at most {watch.max_age_seconds:g} s wanted"
    if not seen.covers_window:
        yield f"{job} was not scraped yet when the window of {duration(watch.window_seconds)} began"
