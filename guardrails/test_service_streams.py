"""A stream of the running service tells its limits before its first event, really streams, and ends where it says."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control, no_success
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.provocation import BURST, require_all, wanted_statuses, ways
from pytest_coordguard.domain.rate_limit import FAMILIES, USUAL, Family, Match, implausible, lacking
from pytest_coordguard.domain.reply import Reply, Stream
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import (
    EVENT_STREAM,
    buffer_streams,
    on,
    rewrite_status,
    set_header,
    strip_headers,
    strip_terminator,
)
from pytest_coordguard.facts.service.burst import burst
from pytest_coordguard.facts.service.provoke import provoked
from pytest_coordguard.facts.service.rest import Rest
from pytest_coordguard.facts.service.service import Service

RULE = "service.stream_headers"
STREAM = "a stream with events"
SPREAD = "events that came one after the other"
EARLY = ["401", "400", "429"]  # the errors that a stream meets before it begins
TERMINATORS = ("[DONE]", "response.completed", "message_stop")  # OpenAI's two interfaces, Anthropic's
CERTAIN = ("400", "401")  # what brings these about succeeds nowhere; a limit may just not be met
ERROR = 400  # RFC 9110, section 15.5
APART = 0.02  # seconds between first and last event from which they were not sent at once
SECONDS = 10.0  # for a burst
LONG = 0.1  # seconds that a stream must last, or nobody can tell whether it was held back


@guardrail(RULE, remedy="Set the headers on the response that opens the stream, and flush each event as it is made.")
def test_streams_tell_their_limits_first(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    families: list[Family] | None = None,
    match: Match = "all",
    terminator: str | None = None,
    trailers: list[str] | None = None,
    provoke: dict[str, Ask] | None = None,
    statuses: list[str] | None = None,
) -> None:
    """A stream has the rate-limit headers before its first event and is not held back; early errors are plain errors.

    Args:
        endpoint: a request that is answered by a stream of events, as one with `json: {stream: true, …}`.
        families: as of service.headers.
        match: `all` of the families, or `any`.
        terminator: what the last event says, as `[DONE]`, or the name of that event; without it, any of the usual.
        trailers: fields behind the last content, as trailers (RFC 9110, section 6.5) or as comments `: name: value`.
        provoke: how an error status is provoked where the usual way does not lead to it.
        statuses: the errors that are provoked before the stream begins; without it 401, 400 and 429.

    """
    names = tuple(families or USUAL)
    given = provoke or {}
    errors = wanted_statuses(statuses if statuses is not None else EARLY, given)
    control = Control(evidence)
    stream = Rest(evidence).before(lambda: service.stream(endpoint), lambda came: came.reply)
    _note(endpoint, stream, evidence)
    _require_events(endpoint, stream, control)
    findings = [
        *_headers(f"{endpoint}: at its start", stream.reply, names, match),
        *_flow(endpoint, stream, control),
        *_end(endpoint, stream, terminator),
        *_behind(endpoint, stream, trailers or []),
    ]
    found = {status: _provoked(service, status, endpoint, given) for status in errors}
    for status, reply in found.items():
        if isinstance(reply, Reply) and reply.status >= ERROR:
            findings += _early(status, reply, names, match)
    findings += _hidden(endpoint, found)
    require_none(findings)
    control.require(STREAM, SPREAD)
    require_all(found)


def _provoked(service: Service, status: str, endpoint: Ask, given: dict[str, Ask]) -> Reply | str:
    """Bring about an error of the endpoint itself; to meet its limit, streams are opened and not read to their end."""
    if status != "429" or status in given:
        return provoked(service, status, ways(status, endpoint, given))
    met = burst(service.caller(endpoint.auth), endpoint, most=max(endpoint.times, BURST), seconds=SECONDS)
    return met.refused or f"none in {len(met.replies)} calls of one caller"


def _note(endpoint: Ask, stream: Stream, evidence: Evidence) -> None:
    first, last = (stream.events[0].at, stream.events[-1].at) if stream.events else (0.0, 0.0)
    evidence.remark(
        f"{endpoint}: {stream.reply.status} {stream.reply.media_type}, headers at {stream.reply.headers_at:.3f} s,"
        f" {len(stream.events)} events from {first:.3f} to {last:.3f} s, {stream.ended}"
    )


def _require_events(endpoint: Ask, stream: Stream, control: Control) -> None:
    if not endpoint.expects(stream.reply.status):
        raise no_success(stream.reply, "its stream says")
    if not stream.is_stream:
        kind = stream.reply.media_type or "no media type"
        require_none([Finding("", 0, f"{endpoint}: answers {kind}; meant: {EVENT_STREAM}", RULE)])
    if not stream.events:
        require_none([Finding("", 0, f"{endpoint}: the stream has no event", RULE)])
    control.saw(STREAM)


def _headers(where: str, reply: Reply, families: tuple[Family, ...], match: Match) -> Iterator[Finding]:
    if missing := lacking(reply.headers, families, match):
        yield Finding("", 0, f"{where} lacks {', '.join(missing)}", RULE)
    for fault in implausible(reply.headers, families, now=reply.at):
        yield Finding("", 0, f"{where}: {fault}", RULE)


def _flow(endpoint: Ask, stream: Stream, control: Control) -> Iterator[Finding]:
    """Tell whether the events came as they were made; a short stream does not show it."""
    apart = stream.events[-1].at - stream.events[0].at
    if apart >= APART:
        control.saw(SPREAD)
    elif stream.ended_at >= LONG and len(stream.events) > 1:
        yield Finding("", 0, f"{endpoint}: all events come at once, at the end: the stream is held back", RULE)


def _end(endpoint: Ask, stream: Stream, terminator: str | None) -> Iterator[Finding]:
    if stream.ended == "limit":
        return
    if stream.truncated and stream.ended != "end":
        yield Finding("", 0, f"{endpoint}: the stream does not come to its end: {stream.ended}", RULE)
        return
    if stream.truncated:
        yield Finding("", 0, f"{endpoint}: the stream breaks off within an event", RULE)
    wanted = (terminator,) if terminator else TERMINATORS
    last = stream.events[-1]
    if (
        last.event not in wanted
        and last.data.strip() not in wanted
        and not any(f'"{one}"' in last.data for one in wanted)
    ):
        yield Finding("", 0, f"{endpoint}: the stream ends without {' or '.join(wanted)}", RULE)


def _behind(endpoint: Ask, stream: Stream, wanted: list[str]) -> Iterator[Finding]:
    """Find the fields that stand behind the content neither as trailers nor, as few servers send these, as comments."""
    there = {name.lower() for name, _ in stream.trailers} | {one.partition(":")[0].lower() for one in stream.comments}
    for name in wanted:
        if name.lower() not in there:
            yield Finding("", 0, f"{endpoint}: no trailer {name} behind the content", RULE)


def _early(status: str, reply: Reply, families: tuple[Family, ...], match: Match) -> Iterator[Finding]:
    where = f"{reply.ask}: {status} before the stream"
    yield from _headers(where, reply, families, match)
    if not reply.is_json:
        yield Finding("", 0, f"{where} is {reply.media_type or 'of no media type'}; meant: application/json", RULE)


def _hidden(endpoint: Ask, found: dict[str, Reply | str]) -> Iterator[Finding]:
    """Find errors that came with status 200, as JSON or as a stream: a client takes them for an answer."""
    for status, came in found.items():
        success = came.status < ERROR if isinstance(came, Reply) else status in CERTAIN and came.endswith(": 200")
        if success:
            yield Finding("", 0, f"{endpoint}: what should end in {status} is a success with status 200", RULE)


@violation(test_streams_tell_their_limits_first)
def headers_missing_at_start(families: list[Family] | None = None) -> Fault:
    """Open the stream without one family."""
    return strip_headers(*FAMILIES[(families or list(USUAL))[-1]], where=on(media_type=EVENT_STREAM))


@violation(test_streams_tell_their_limits_first)
def headers_missing_on_the_early_error(families: list[Family] | None = None) -> Fault:
    """Refuse a stream without a word about limits."""
    return strip_headers(*(name for family in families or USUAL for name in FAMILIES[family]), where=on(4))


@violation(test_streams_tell_their_limits_first)
def stream_held_back() -> Fault:
    """Send all events at once, at the end, as a buffering proxy does."""
    return buffer_streams()


@violation(test_streams_tell_their_limits_first)
def stream_without_its_end(terminator: str | None = None) -> Fault:
    """Leave out the event that says that the stream is complete."""
    return strip_terminator((terminator or "[DONE]").encode())


@violation(test_streams_tell_their_limits_first)
def early_error_as_success(statuses: list[str] | None = None) -> Fault:
    """Say 200 and open a stream where the caller is refused."""
    if statuses is not None and not {"400", "401"} & set(statuses):
        raise CannotPlant("neither 400 nor 401 is looked at")
    return rewrite_status(200, where=on(400, 401))


@violation(test_streams_tell_their_limits_first)
def early_error_as_page() -> Fault:
    """Refuse a stream with a page."""
    return set_header("content-type", "text/html", where=on(4))
