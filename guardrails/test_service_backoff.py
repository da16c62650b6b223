"""Who is refused by the running service is told when to come back, in each place alike, and it is true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control, no_success
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.provocation import BURST
from pytest_coordguard.domain.rate_limit import USUAL, Family, counters, retry_seconds
from pytest_coordguard.domain.reply import NotJson, Reply
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import drop_json, edit_headers, on, set_header, set_json, strip_headers
from pytest_coordguard.facts.service.burst import burst
from pytest_coordguard.facts.service.caller import Caller
from pytest_coordguard.facts.service.openai_client import wait_of_client
from pytest_coordguard.facts.service.rest import Rest
from pytest_coordguard.facts.service.service import Service

RULE = "service.backoff"
SUCCESS = "a success before"
REFUSAL = "a refusal"
AFTERWARDS = "a success after the wait"
SECONDS = 15.0  # for the burst
SLACK = 1.0  # seconds by which two of the hints may differ: one of them is rounded to whole ones
LATE = 0.25  # seconds waited beyond the hint: clocks and sockets


@guardrail(RULE, remedy="Compute the wait once, from the limiter, and write it into header and body; round it up.")
def test_refusals_say_when_to_come_back(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    hint: str = "error.retry_after",
    retry_after_ms: bool = False,
    families: list[Family] | None = None,
    within: Seconds = Seconds(60.0),
    client: bool = False,
) -> None:
    """A 429 has `Retry-After`; the body and the rate-limit headers agree with it, and a call after that wait succeeds.

    Args:
        endpoint: a request that succeeds, and is refused when it is repeated; its `times` says how often at most.
        hint: where the JSON body tells the wait in seconds, by keys with dots between; `""` where it does not.
        retry_after_ms: whether `retry-after-ms` has to be there; where it is, it has to agree in any case.
        families: the rate-limit headers whose reset has to agree; without it X-RateLimit-Reset and OpenAI's.
        within: the longest wait that is sat out.
        client: whether OpenAI's own client must wait exactly so and then succeed; the package `openai` has to be there.

    """
    control = Control(evidence)
    caller = service.caller(endpoint.auth)
    most = max(endpoint.times, BURST)
    met = Rest(evidence).before(lambda: burst(caller, endpoint, most=most, seconds=SECONDS), lambda met: met.first)
    refused_at = time.monotonic()
    if not met.replies or not endpoint.expects(met.replies[0].status):
        raise no_success(met.first, "a refusal says")
    control.saw(SUCCESS)
    if met.refused is None:
        raise Vacuous(
            f"no 429 in {len(met.replies)} calls of one caller ({met.replies[-1]}); meant: 'times' of the endpoint"
        )
    control.saw(REFUSAL)
    refused = met.refused
    evidence.remark(f"{refused}: {_told(refused)}; {refused.excerpt()}")
    wait = retry_seconds(refused.header("retry-after"), now=refused.at)
    findings = [*_hints(endpoint, refused, wait, hint, retry_after_ms), *_resets(endpoint, refused, wait, families)]
    if wait is not None and wait >= 0:
        findings += _afterwards(caller, endpoint, wait, refused_at, within, control)
    require_none(findings)
    if client:
        findings += _with_their_client(service, endpoint, within, evidence)
    require_none(findings)
    control.require(SUCCESS, REFUSAL, AFTERWARDS)


def _told(refused: Reply) -> str:
    names = ("Retry-After", "retry-after-ms")
    return ", ".join(f"{name}={refused.header(name)}" for name in names if refused.has(name)) or "no Retry-After"


def _hints(endpoint: Ask, refused: Reply, wait: float | None, hint: str, ms: bool) -> Iterator[Finding]:
    where = f"{endpoint}: 429"
    if not refused.header("retry-after"):
        yield Finding("", 0, f"{where} has no Retry-After", RULE)
    elif wait is None or wait < 0:
        yield Finding("", 0, f"{where}: Retry-After is neither seconds nor a date to come", RULE)
    precise = _milliseconds(refused.header("retry-after-ms"))
    if ms and precise is None:
        yield Finding("", 0, f"{where} has no retry-after-ms with a number", RULE)
    elif precise is not None and wait is not None and abs(precise - wait) > SLACK:
        yield Finding("", 0, f"{where}: retry-after-ms and Retry-After differ by more than a second", RULE)
    if hint:
        yield from _in_body(where, refused, wait, hint)


def _milliseconds(text: str) -> float | None:
    try:
        return float(text) / 1000
    except ValueError:
        return None


def _in_body(where: str, refused: Reply, wait: float | None, hint: str) -> Iterator[Finding]:
    try:
        inner = refused.json()
    except NotJson:
        yield Finding("", 0, f"{where} has no JSON body, and so no {hint}", RULE)
        return
    for key in hint.split("."):
        inner = inner.get(key) if isinstance(inner, dict) else None
    if isinstance(inner, bool) or not isinstance(inner, (int, float)):
        yield Finding("", 0, f"{where}: the body has no number at {hint}", RULE)
    elif wait is not None and abs(inner - wait) > SLACK:
        yield Finding("", 0, f"{where}: {hint} and Retry-After differ by more than a second", RULE)


def _resets(endpoint: Ask, refused: Reply, wait: float | None, families: list[Family] | None) -> Iterator[Finding]:
    """Find counters that are used up and say that they are full again before `Retry-After` lets anyone in."""
    for one in counters(refused.headers, families or USUAL, now=refused.at):
        early = one.reset is not None and wait is not None and one.reset < wait - SLACK
        if one.remaining == 0 and early:
            yield Finding("", 0, f"{endpoint}: 429: the {one.name} are back before Retry-After is over", RULE)


def _afterwards(
    caller: Caller, endpoint: Ask, wait: float, refused_at: float, within: float, control: Control
) -> Iterator[Finding]:
    if wait > within:
        raise CannotJudge(f"Retry-After asks for {wait:.0f} s; meant: 'within' of at least that, or a shorter window")
    time.sleep(max(0.0, wait + LATE - (time.monotonic() - refused_at)))
    reply = caller.send(replace(endpoint, times=1))
    control.evidence.remark(f"after {wait:.3g} s: {reply.status}")
    if endpoint.expects(reply.status):
        control.saw(AFTERWARDS)
    else:
        yield Finding("", 0, f"{endpoint}: who waits as told is refused again with {reply.status}", RULE)


def _with_their_client(service: Service, endpoint: Ask, within: float, evidence: Evidence) -> Iterator[Finding]:
    """Let OpenAI's client meet the limit, and see that it slept as long as it was told, and not by its own guess."""
    caller = service.caller(endpoint.auth)
    most = max(endpoint.times, BURST)
    waited = wait_of_client(
        caller, endpoint, within=within, exhaust=lambda: burst(caller, endpoint, most=most, seconds=SECONDS)
    )
    if waited is None:
        raise Vacuous("OpenAI's client was not refused")
    told = _milliseconds(waited.told.get("retry-after-ms", ""))
    if told is None:
        told = retry_seconds(waited.told.get("retry-after", ""), now=waited.at) or 0.0
    did = "came back never" if waited.seconds is None else f"came back after {waited.seconds:.2f} s"
    evidence.remark(f"OpenAI's client: told {told:.2f} s, {did}, {'succeeded' if waited.succeeded else 'failed'}")
    if waited.seconds is None or not waited.succeeded:
        yield Finding("", 0, f"{endpoint}: OpenAI's client gives up after one more try", RULE)
    elif not told - LATE <= waited.seconds <= told + SLACK:
        yield Finding("", 0, f"{endpoint}: OpenAI's client does not wait as long as it is told", RULE)


@violation(test_refusals_say_when_to_come_back)
def no_retry_after() -> Fault:
    """Refuse without `Retry-After`."""
    return strip_headers("retry-after", where=on(429))


@violation(test_refusals_say_when_to_come_back)
def body_says_otherwise(hint: str = "error.retry_after") -> Fault:
    """Let the body tell another wait than the header."""
    if not hint:
        raise CannotPlant("the body tells no wait")
    return set_json(hint, 86_400, where=on(429))


@violation(test_refusals_say_when_to_come_back)
def body_says_nothing(hint: str = "error.retry_after") -> Fault:
    """Leave the wait out of the body."""
    if not hint:
        raise CannotPlant("the body tells no wait")
    return drop_json(hint, where=on(429))


@violation(test_refusals_say_when_to_come_back)
def retry_after_is_a_word() -> Fault:
    """Tell the wait as nobody reads it."""
    return set_header("Retry-After", "soon", where=on(429))


@violation(test_refusals_say_when_to_come_back)
def retry_after_is_too_short() -> Fault:
    """Tell a caller in each place to come back at once."""
    return edit_headers(["retry-after", "retry-after-ms"], lambda _: "0", where=on(429))
