"""The running service counts for Prometheus what it should, of the type that is said, and what it counts moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.metric_faults import FrozenBody, edit_lines
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import on, replace_body
from pytest_coordguard.facts.service.exposition import NotMetrics, Sample, read_sample, spellings
from pytest_coordguard.facts.service.metrics import look_at_metrics
from pytest_coordguard.facts.service.service import Service

RULE = "service.metrics"
READ = "a value that Prometheus can read"
MOVED = "a value that moved"
Type = Literal["counter", "gauge", "histogram", "summary"]


@guardrail(RULE, remedy="Register the metric in the registry that /metrics renders, and count where the thing happens.")
def test_metrics_are_there_and_move(
    service: Service,
    evidence: Evidence,
    types: dict[str, Type] | None = None,
    moves: dict[str, Ask] | None = None,
    changes: dict[str, Ask] | None = None,
) -> None:
    """Each named metric is in /metrics with its type; a counter rises and a gauge changes by what should move it.

    `name` and `name_total` are the same counter.

    Args:
        types: metrics that must be there, each with its type, as `{requests: counter, breaker_state: gauge}`.
        moves: counters, with labels where that matters, each with the request by which it must rise. What `before`
            names comes first, then the request as many `times`, then the look, then what `after` names.
        changes: gauges, in the same way: each must have another value then.

    """
    control = Control(evidence)
    asked = {**(moves or {}), **(changes or {})}
    if not (types or asked):
        raise Vacuous("the plan names no metric; meant: 'types: {name: counter}', 'moves: {name: GET /path}', or both")
    named = {name: _named(name) for name in asked}
    findings: list[Finding] = []
    for ask, names in _grouped(asked):
        findings += _moved(service, ask, {name: named[name] for name in names}, set(moves or ()), control)
    findings += _typed(service, types or {}, control)
    evidence.measured("metrics named", len({*(types or ()), *asked}), at_least=1)
    require_none(findings)
    control.require(READ, *([MOVED] if asked else []))


def _named(name: str) -> Sample:
    try:
        return read_sample(name, valueless=True)
    except NotMetrics as error:
        raise CannotJudge(f'{name!r} names no metric; meant: as trips or trips{{breaker="model"}}') from error


def _grouped(asked: Mapping[str, Ask]) -> list[tuple[Ask, list[str]]]:
    """Return each request once, with all that it should move."""
    groups: list[tuple[Ask, list[str]]] = []
    for name, ask in asked.items():
        same = next((names for known, names in groups if known == ask), None)
        if same is None:
            groups.append((ask, [name]))
        else:
            same.append(name)
    return groups


def _moved(
    service: Service, ask: Ask, named: Mapping[str, Sample], rising: set[str], control: Control
) -> Iterator[Finding]:
    before = look_at_metrics(service)
    if isinstance(before, str):
        yield Finding("", 0, before, RULE)
        return
    try:
        _bring_about(service, ask)
        after = look_at_metrics(service)
    finally:
        for other in ask.after:
            service.send(other)
    if isinstance(after, str):
        yield Finding("", 0, after, RULE)
        return
    for name, sample in named.items():
        was, now = before.value(sample.name, sample.labels), after.value(sample.name, sample.labels)
        control.evidence.remark(f"{name}: {was} before {ask}, {now} behind it")
        if now is None:
            yield Finding("", 0, f"{name} is not in {service.settings.metrics}", RULE)
        elif name in rising and not now > (was or 0):
            yield Finding("", 0, f"{name} does not rise by {ask}", RULE)
        elif name not in rising and (was is None or now == was):
            yield Finding("", 0, f"{name} does not change by {ask}", RULE)
        else:
            control.saw(MOVED)


def _bring_about(service: Service, ask: Ask) -> None:
    """Ask as often as the plan says, each time as another caller.

    Raises:
        CannotJudge: what has to come before it does not succeed.

    """
    for other in ask.before:
        prepared = service.send(other)
        if not other.expects(prepared.status):
            raise CannotJudge(f"before {ask}: {prepared}, so that nothing can be moved")
    for _ in range(max(1, ask.times)):
        service.send(ask)


def _typed(service: Service, types: Mapping[str, str], control: Control) -> Iterator[Finding]:
    metrics = look_at_metrics(service)
    if isinstance(metrics, str):
        yield Finding("", 0, metrics, RULE)
        return
    if metrics.samples:
        control.saw(READ, len(metrics.samples))
    for name, wanted in types.items():
        said = metrics.type_of(name)
        if not said and not metrics.has_family(name):
            yield Finding("", 0, f"{name} is not in {service.settings.metrics}", RULE)
        elif said != wanted:
            yield Finding("", 0, f"{name} is of type {said or 'none'}; meant: {wanted}", RULE)
        elif not metrics.has_family(name):
            yield Finding("", 0, f"{name} has a type and no value", RULE)


# -- faults between the check and the service ----------------------------------------------------------------


def _last(*names: Iterable[str] | None) -> str:
    return [name for some in names for name in some or ()][-1]


@violation(test_metrics_are_there_and_move)
def metric_is_not_there(
    service: Service,
    types: dict[str, Type] | None = None,
    moves: dict[str, Ask] | None = None,
    changes: dict[str, Ask] | None = None,
) -> Fault:
    """Leave one metric out, its type with it."""
    name = _named(_last(types, moves, changes)).name
    return edit_lines(
        service.settings.metrics, lambda line: "" if any(one in line for one in spellings(name)) else line
    )


@violation(test_metrics_are_there_and_move)
def metric_is_of_another_type(service: Service, types: dict[str, Type] | None = None) -> Fault:
    """Say that a metric is something else."""
    if not types:
        raise CannotPlant("the plan names no type")
    name, wanted = next(iter(types.items()))
    other = "gauge" if wanted == "counter" else "counter"
    heads = tuple(f"# TYPE {one} " for one in spellings(name))
    return edit_lines(
        service.settings.metrics,
        lambda line: f"{line.rpartition(' ')[0]} {other}\n" if line.startswith(heads) else line,
    )


@violation(test_metrics_are_there_and_move)
def values_stand_still(
    service: Service, moves: dict[str, Ask] | None = None, changes: dict[str, Ask] | None = None
) -> Fault:
    """Say for ever what was said first."""
    if not (moves or changes):
        raise CannotPlant("the plan names nothing that has to move")
    return FrozenBody(service.settings.metrics)


@violation(test_metrics_are_there_and_move)
def line_that_prometheus_does_not_read(service: Service) -> Fault:
    """Let one line break off, at which Prometheus refuses the whole answer."""
    return edit_lines(service.settings.metrics, lambda line: line if line.startswith("#") else f"{line.rstrip()}x\n")


@violation(test_metrics_are_there_and_move)
def page_instead_of_metrics(service: Service) -> Fault:
    """Answer as a proxy does that does not know the path."""
    return replace_body(
        b"<!doctype html><title>It works!</title>", "text/html", where=on(paths=[service.settings.metrics])
    )
