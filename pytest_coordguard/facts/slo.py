"""Looks at objectives in a Prometheus: targets, traffic and values of one moment, and what would hide a fault."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pytest_coordguard.domain.promql import duration, quantiles
from pytest_coordguard.domain.slo import Reading, Result, Seen, Target, Watch
from pytest_coordguard.facts.prometheus import Prometheus, Refused

BEFORE_ALL_DATA = 1.0  # seconds since the epoch: no Prometheus has a sample of that time


def look(prometheus: Prometheus, watch: Watch, at: float) -> Seen:
    """Return what is seen at a time.

    Raises:
        CannotJudge: no Prometheus answers.

    """
    window = duration(watch.window_seconds)
    of_job = up_of(watch.job)
    up = prometheus.query(of_job, at)
    scraped = prometheus.query(f"timestamp({of_job})", at)
    before = prometheus.query(of_job, at - watch.window_seconds)
    return Seen(
        at,
        _targets(up, scraped),
        bool(before.samples),
        reading(prometheus, watch.traffic.query.replace("{window}", window), at),
        {name: reading(prometheus, slo.query.replace("{window}", window), at) for name, slo in watch.slos.items()},
    )


def reading(prometheus: Prometheus, query: str, at: float) -> Reading:
    """Return what is seen of one query, its positive control included."""
    try:
        result = prometheus.query(query, at)
        constant = _has_value(prometheus.query(query, BEFORE_ALL_DATA))
        return Reading(query, result, constant=constant, last_bucket=_last_bucket(prometheus, query, at))
    except Refused as error:
        return Reading(query, refused=str(error))


def _has_value(result: Result) -> bool:
    return any(math.isfinite(sample.value) for sample in result.samples)


def _last_bucket(prometheus: Prometheus, query: str, at: float) -> float | None:
    """Return the last bucket's bound when a quantile of the query lies beyond it: Prometheus says that bound then."""
    for call, histogram in quantiles(query):
        bounds = map(_bound, (sample.labels for sample in prometheus.query(histogram, at).samples))
        last = max(filter(math.isfinite, bounds), default=None)
        if last is not None and any(sample.value >= last for sample in prometheus.query(call, at).samples):
            return last
    return None


def _bound(bucket: Mapping[str, str]) -> float:
    try:
        return float(bucket["le"])
    except (KeyError, ValueError):  # of a native histogram, or no bucket at all
        return math.nan


def _targets(up: Result, scraped: Result) -> tuple[Target, ...]:
    when = {_same(sample.labels): sample.value for sample in scraped.samples}
    return tuple(
        Target(sample.labels.get("instance", "?"), sample.value == 1, when.get(_same(sample.labels), 0.0))
        for sample in up.samples
    )


def _same(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in labels.items() if name != "__name__")


def up_of(job: str) -> str:
    """Return the query for the targets of a job; PromQL writes a text between double quotes as Go does."""
    text = job.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'up{{job="{text}"}}'
