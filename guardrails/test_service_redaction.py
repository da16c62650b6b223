"""No secret that a request carries reaches the running service's log, wherever it stands and however it is spelt."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.canary import (
    CANARY,
    FRESH,
    LENGTH,
    PLACES,
    WORDS,
    Place,
    Probe,
    Text,
    beginning_of,
    carries,
    probe,
)
from pytest_coordguard.domain.canary_faults import BAD, Deaf, Echo, Smuggling
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.facts.service.caller import Caller
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service

RULE = "service.redacts_logs"
SHAPE = f"sk-{FRESH}"
SUCCESS = "a success of the endpoint"
WORD = "a harmless word of a request in the log"
CRASH = "a crash"
FAILED = 500  # RFC 9110, section 15.6
LOGGED = 3.0  # seconds until the last line is in the log
SETTLED = 0.2  # seconds of grace for lines behind the one that has the word
SHORTEST = 16  # characters of a token that is no word by chance


@dataclass(frozen=True, slots=True)
class Sent:
    """A probe, and what came; None when the connection broke."""

    probe: Probe
    reply: Reply | None


@guardrail(
    RULE, remedy="Take secrets out in the formatter that every line passes, by value and by shape, tracebacks too."
)
def test_no_secret_is_logged(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    crash: Ask | None = None,
    places: list[Place] | None = None,
    shape: str = SHAPE,
    bodies: bool = False,
) -> None:
    """Secrets in headers, query, path, cookies and bodies, well formed or not, are in no line of the log.

    Neither whole nor with their first characters, URL-encoded, escaped or in Base64. A harmless word that goes with
    each of them must be found there: else the log is not seen, and its silence says nothing.

    Args:
        endpoint: a request that succeeds; each secret is sent with it, at another place each time.
        crash: a request that ends in an exception; `{canary}` in its path, headers or body is where the secret goes.
        places: where secrets are sent: bearer, other-scheme, no-scheme, basic, api-key, cookie, query, path, json,
            malformed, form, exception; without it all, the last one when there is a `crash`.
        shape: what a secret of this service looks like; `{fresh}` is what is drawn.
        bodies: whether errors must not repeat a secret to who sent it, either.

    """
    wanted = _wanted(places, crash, shape)
    start = service.logs.mark()
    control = Control(evidence)
    caller = service.caller(endpoint.auth)
    first = caller.send(endpoint)
    if not endpoint.expects(first.status):
        raise Vacuous(f"the endpoint does not succeed ({first}), so that its log says nothing")
    control.saw(SUCCESS)
    sent = [_send(service, _drawn(place, endpoint, crash, shape)) for place in wanted]
    log = _log(service, start, [one.probe for one in sent])
    findings = [*_in_log(sent, log, beginning_of(shape)), *_own_token(service, caller, log)]
    if bodies:
        findings += _in_bodies(sent, beginning_of(shape))
    evidence.measured("secrets sent", len(sent), at_least=len(wanted))
    evidence.measured("log read", len(log.as_is), unit="characters")
    require_none(findings)
    _require_sight(sent, log, control)


def _wanted(places: Sequence[Place] | None, crash: Ask | None, shape: str) -> list[Place]:
    if shape.count(FRESH) != 1:
        raise CannotJudge(f"shape: {shape!r} has no place for what is drawn; meant: one {FRESH} in it, as {SHAPE}")
    if crash is not None and not carries(crash):
        raise CannotJudge(
            f"crash: {crash} does not say where the secret goes; meant: {CANARY} in path, headers or json"
        )
    wanted = list(dict.fromkeys(places or [place for place in PLACES if crash or place != "exception"]))
    if "exception" in wanted and crash is None:
        raise CannotJudge("places: exception needs a request that ends in one; meant: 'crash: …'")
    return wanted


def _drawn(place: Place, endpoint: Ask, crash: Ask | None, shape: str) -> Probe:
    """Return a request with a secret that nobody has seen: each place has its own, so that a leak tells where from."""
    letters = string.ascii_letters + string.digits
    drawn = "Qz7" + "".join(secrets.choice(letters) for _ in range(LENGTH - 3))  # of all kinds, as real ones are
    asked = crash if place == "exception" and crash is not None else endpoint
    return probe(place, asked, shape.replace(FRESH, drawn), f"coordguard-{uuid4().hex[:12]}")


def _send(service: Service, one: Probe) -> Sent:
    try:
        return Sent(one, service.send(one.ask))
    except NoAnswer:
        if one.place != "exception":
            raise
        return Sent(one, None)


def _log(service: Service, start: int, probes: Sequence[Probe]) -> Text:
    """Return what was logged, once the word of each request is there or time is up."""
    deadline = time.monotonic() + LOGGED
    while True:
        log = Text(service.logs.since(start))
        if all(log.has(one.nonce) for one in probes):
            time.sleep(SETTLED)
            return Text(service.logs.since(start))
        if time.monotonic() > deadline:
            return log
        time.sleep(0.05)


def _in_log(sent: Sequence[Sent], log: Text, beginning: int) -> Iterator[Finding]:
    for one in sent:
        if how := log.shows(one.probe.secret, beginning):
            yield Finding("", 0, f"the secret of {WORDS[one.probe.place]} is in the log, {how}", RULE)


def _own_token(service: Service, caller: Caller, log: Text) -> Iterator[Finding]:
    """Find the token with which the endpoint succeeded; its first characters may be those of any other."""
    auth = service.settings.auth
    token = caller.headers.get(auth.header, "").rpartition(" ")[2] if auth else ""
    if len(token) >= SHORTEST and (how := log.shows(token)):
        yield Finding("", 0, f"the secret of {WORDS['token']} is in the log, {how}", RULE)


def _in_bodies(sent: Sequence[Sent], beginning: int) -> Iterator[Finding]:
    for one in sent:
        if one.reply is not None and one.reply.status >= BAD:
            said = "\n".join([one.reply.text, *(value for _, value in one.reply.headers)])
            if how := Text(said).shows(one.probe.secret, beginning):
                yield Finding("", 0, f"an error repeats the secret of {WORDS[one.probe.place]}, {how}", RULE)


def _require_sight(sent: Sequence[Sent], log: Text, control: Control) -> None:
    """Return when the log tells of each request, and what was to crash did.

    Raises:
        Vacuous: otherwise.

    """
    for one in sent:
        came = str(one.reply.status) if one.reply else "no answer"
        control.evidence.remark(f"{WORDS[one.probe.place]}: answered {came}")
        if one.probe.place == "exception" and (one.reply is None or one.reply.status >= FAILED):
            control.saw(CRASH)
    told = [one.probe for one in sent if log.has(one.probe.nonce)]
    control.saw(WORD, len(told))
    missing = [WORDS[one.probe.place] for one in sent if one.probe not in told]
    if told and missing:
        raise Vacuous(f"the log does not tell of each request: nothing of {', nor of '.join(missing)}")
    crashes = [CRASH] if any(one.probe.place == "exception" for one in sent) else []
    control.require(SUCCESS, WORD, *crashes)


# -- faults between the check and the service ----------------------------------------------------------------


@violation(test_no_secret_is_logged)
def secret_where_the_log_looks(shape: str = SHAPE) -> Fault:
    """Let the service log each secret for real, in the place of the harmless word, in another spelling."""
    return Smuggling(shape)


@violation(test_no_secret_is_logged)
def beginning_where_the_log_looks(shape: str = SHAPE) -> Fault:
    """Let it log the first characters of each."""
    return Smuggling(shape, beginning_of(shape))


@violation(test_no_secret_is_logged)
def errors_repeat_secrets(shape: str = SHAPE, bodies: bool = False) -> Fault:
    """Answer errors with what was sent."""
    if not bodies:
        raise CannotPlant("the plan does not ask for what errors say")
    return Echo(shape)


@violation(test_no_secret_is_logged, blinds=True)
def log_is_not_seen() -> Fault:
    """Let the log have no word of any request: then no secret is in it, either."""
    return Deaf()
