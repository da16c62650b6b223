"""A request that comes twice with one key has one effect and one answer, in the running service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.repeat_faults import (
    Apart,
    FirstAnswer,
    ForgottenAtRestart,
    SecondEffect,
    by_caller_and_key,
    by_key_and_body,
)
from pytest_coordguard.domain.reply import NotJson, Reply
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import Forgetful
from pytest_coordguard.facts.service.caller import Caller
from pytest_coordguard.facts.service.patience import send_patiently
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service
from pytest_coordguard.facts.service.together import Timed, overlapped, together

RULE = "service.idempotent"
HEADER = "Idempotency-Key"  # draft-ietf-httpapi-idempotency-key-header
MARKERS = ("idempotent-replayed", "idempotency-replayed", "x-idempotent-replayed", "x-idempotency-replayed")
REFUSED = (409, 422)  # the same draft, section 2.7
IN_PROGRESS = 409
SUCCESS = "two answers without a key that are successes"
KNOWN_AGAIN = "a replay that can be told from a second answer"
EFFECT = "an effect that is counted"
OTHER_SUCCESS = "a success of the other body"
OVERLAP = "two at once"
ROUNDS = 3  # pairs of requests at once: the moment between look and write is short
AT_ONCE = 2


@dataclass(slots=True)
class Look:
    """One look at one endpoint: what is asked, and what was found so far."""

    service: Service
    endpoint: Ask
    header: str
    refused: tuple[int, ...]
    effects: Ask | None
    count: str
    markers: tuple[str, ...]
    control: Control
    findings: list[Finding] = field(default_factory=list)

    def found(self, what: str) -> None:
        """Note a fault."""
        self.findings.append(Finding("", 0, f"{self.endpoint}: {what}", RULE))

    def keyed(self, asked: Ask, key: str) -> Ask:
        """Return a request with a key."""
        return replace(asked, headers={**asked.headers, self.header: key})

    def counted(self, caller: Caller) -> int | None:
        """Return how many effects there were for this caller; None where the plan does not say how to count.

        Raises:
            CannotJudge: they cannot be counted as the plan says.

        """
        if self.effects is None:
            return None
        reply = send_patiently(caller, self.effects)
        try:
            value = reply.at_place(self.count) if self.count else reply.json()
        except NotJson:
            value = None
        value = len(value) if isinstance(value, list | dict) else value
        if not self.effects.expects(reply.status) or isinstance(value, bool) or not isinstance(value, int):
            raise CannotJudge(f"effects: {reply} has neither number nor list at {self.count!r}; meant: 'count: data'")
        return value


@guardrail(RULE, remedy="Claim the key in one atomic step before the effect, by caller and body, and keep the answer.")
def test_same_key_has_one_effect(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    other: Ask,
    header: str = HEADER,
    refused: list[int] | None = None,
    marker: str = "",
    effects: Ask | None = None,
    count: str = "",
    at_once: Ask | None = None,
    restart: bool = False,
) -> None:
    """A request that comes again with its key gets the first answer and has no second effect, also two at once.

    Another body with that key is refused, another caller does not get the answer, and a restart forgets nothing.

    Args:
        endpoint: a request that succeeds, best with another answer at each call: only then is a replay known again.
        other: the same endpoint with another body, which succeeds too.
        header: the header that carries the key.
        refused: the statuses that refuse another body with a known key; without it 409 and 422.
        marker: a header that tells a replay and must be there; without it, the usual ones are known.
        effects: a request whose answer counts the effects for this caller, as `GET /v1/responses`.
        count: where its JSON has the number, or the list to count, as `data`; `""`: the whole body.
        at_once: the request that is sent twice at the same time, best one that takes a while; without it, `endpoint`.
        restart: whether the answer must outlive a restart; only for a service that is started here.

    """
    control = Control(evidence)
    if other.content == endpoint.content and other.path == endpoint.path:
        raise CannotJudge("other: is the same request as 'endpoint'; meant: one with another body")
    look = Look(
        service, endpoint, header, tuple(refused or REFUSED), effects, count, (marker,) if marker else MARKERS, control
    )
    caller = service.caller(endpoint.auth)
    differ = _without_a_key(look, service.caller(endpoint.auth))
    key = str(uuid4())
    first = _replay(look, caller, key, marker, differ)
    if first is not None:
        _conflict(look, caller, key, other, first)
        _stranger(look, caller, key, first)
    for _ in range(ROUNDS):
        _at_once(look, at_once or endpoint)
    if first is not None and restart:
        _after_restart(look, caller, key, first)
    evidence.measured("faults", len(look.findings), at_most=0)
    require_none(look.findings)
    control.require(SUCCESS, KNOWN_AGAIN, OTHER_SUCCESS, OVERLAP, *([EFFECT] if effects else []))


def _without_a_key(look: Look, caller: Caller) -> bool:
    """Return whether two answers differ; note that effects can be counted."""
    before = look.counted(caller)
    replies = [send_patiently(caller, look.endpoint) for _ in range(2)]
    for reply in replies:
        if not look.endpoint.expects(reply.status):
            raise Vacuous(f"the endpoint does not succeed ({reply}), so that a replay says nothing")
    look.control.saw(SUCCESS)
    after = look.counted(caller)
    if before is not None and after is not None:
        if after <= before:
            raise Vacuous(f"effects: {look.effects} counts {after - before} for two requests without a key; meant: 2")
        look.control.saw(EFFECT)
    return not _same(*replies)


def _same(one: Reply, two: Reply) -> bool:
    """Tell whether two answers say the same; the order of keys and the space between them do not matter."""
    if one.status != two.status:
        return False
    try:
        return bool(one.json() == two.json())
    except NotJson:
        return one.body == two.body


def _replay(look: Look, caller: Caller, key: str, marker: str, differ: bool) -> Reply | None:
    """Ask twice with one key and return the first answer, None when that is no success."""
    before = look.counted(caller)
    asked = look.keyed(look.endpoint, key)
    first = send_patiently(caller, asked)
    if not look.endpoint.expects(first.status):
        look.control.evidence.remark(f"with a key: {first}, {first.excerpt()}")
        look.found(f"answers {first.status} when it comes with a new key")
        return None
    again = send_patiently(caller, asked)
    after = look.counted(caller)
    marked = [name for name in look.markers if again.has(name) and not first.has(name)]
    shown = f"by {marked[0]}" if marked else "by nothing"
    look.control.evidence.remark(f"replay: {again.status}, marked {shown}; without a key, answers differ: {differ}")
    if differ or marked:
        look.control.saw(KNOWN_AGAIN)
    if again.status != first.status:
        look.found(f"a replay is answered {again.status}, and the first request was answered {first.status}")
    elif not _same(first, again):
        look.found("a replay is answered anew, and not as the first request was")
    if marker and not marked:
        look.found(f"{marker} does not tell a replay from the first answer")
    if before is not None and after is not None and after - before != 1:
        look.found(f"a request and its replay have {after - before} effects; meant: 1")
    return first


def _conflict(look: Look, caller: Caller, key: str, other: Ask, first: Reply) -> None:
    alone = look.service.send(look.keyed(other, str(uuid4())))
    if not other.expects(alone.status):
        raise Vacuous(f"other: does not succeed with a key of its own ({alone}), so that its refusal says nothing")
    look.control.saw(OTHER_SUCCESS)
    before = look.counted(caller)
    reply = send_patiently(caller, look.keyed(other, key))
    meant = f"meant: {' or '.join(map(str, look.refused))}"
    look.control.evidence.remark(f"another body with the same key: {reply}, {reply.excerpt()}")
    if reply.status not in look.refused:
        how = " with the first one's answer" if _same(reply, first) else ""
        look.found(f"another body with the same key is answered {reply.status}{how}; {meant}")
    after = look.counted(caller)
    if before is not None and after is not None and after != before:
        look.found("another body with the same key has an effect")


def _stranger(look: Look, caller: Caller, key: str, first: Reply) -> None:
    """Let another caller send the same key and body: what comes must not be what the first caller was given."""
    stranger = look.service.caller(look.endpoint.auth)
    if stranger.headers == caller.headers:
        look.control.evidence.remark("another caller was not tried: the plan knows one token alone")
        return
    reply = stranger.send(look.keyed(look.endpoint, key))
    if not look.control.seen.get(KNOWN_AGAIN) or not _same(reply, first):
        return
    if any(reply.has(name) for name in look.markers) or _differs(look, first):
        look.found("another caller with the same key is given the first one's answer")


def _differs(look: Look, first: Reply) -> bool:
    """Tell whether a request without a key is answered otherwise: then the same answer is a replay."""
    return not _same(look.service.send(look.endpoint), first)


def _at_once(look: Look, endpoint: Ask) -> None:
    """Send one key twice at the same time, as a new caller."""
    caller = look.service.caller(endpoint.auth)
    before = look.counted(caller)
    asked = look.keyed(endpoint, str(uuid4()))
    try:
        seen = together(caller, asked, AT_ONCE)
    except NoAnswer as error:
        look.found(f"of {AT_ONCE} at once with one key, one has no answer ({error.why})")
        return
    if overlapped(seen):
        look.control.saw(OVERLAP)
    after = look.counted(caller)
    for fault in _faults_at_once(look, seen):
        look.found(fault)
    if before is not None and after is not None and after - before != 1:
        look.found(f"{AT_ONCE} at once with one key have {after - before} effects; meant: 1")


def _faults_at_once(look: Look, seen: list[Timed]) -> Iterator[str]:
    replies = [timed.reply for timed in seen]
    successes = [reply for reply in replies if look.endpoint.expects(reply.status)]
    if not successes:
        yield f"of {AT_ONCE} at once with one key, none succeeds"
    if any(not _same(successes[0], reply) for reply in successes[1:]):
        yield f"{AT_ONCE} at once with one key are answered each for itself"
    for status in sorted({reply.status for reply in replies if reply not in successes} - {IN_PROGRESS, *look.refused}):
        yield f"of {AT_ONCE} at once with one key, one is answered {status}; meant: the same answer, or {IN_PROGRESS}"


def _after_restart(look: Look, caller: Caller, key: str, first: Reply) -> None:
    look.service.restart()
    caller.base = look.service.url  # it has another port now
    before = look.counted(caller)  # now: what counts may be gone with the process, and the answers not
    reply = send_patiently(caller, look.keyed(look.endpoint, key))
    after = look.counted(caller)
    look.control.evidence.remark(f"after a restart: {reply.status}")
    if not _same(reply, first):
        look.found("after a restart, a replay is answered anew: the key is forgotten")
    if before is not None and after is not None and after != before:
        look.found("after a restart, a replay has an effect")


# -- faults between the check and the service ----------------------------------------------------------------


@violation(test_same_key_has_one_effect)
def key_is_not_looked_at(header: str = HEADER) -> Fault:
    """Let the service not see the key."""
    return Forgetful(header.lower())


@violation(test_same_key_has_one_effect)
def first_answer_to_any_body(header: str = HEADER) -> Fault:
    """Give the first answer again to whatever comes with its key, as caches by the key alone do."""
    return FirstAnswer(by_caller_and_key(header))


@violation(test_same_key_has_one_effect)
def first_answer_to_another_caller(service: Service, endpoint: Ask, header: str = HEADER) -> Fault:
    """Give the first answer again to whoever sends the same key and body."""
    if service.caller(endpoint.auth).headers == service.caller(endpoint.auth).headers:
        raise CannotPlant("the plan knows one caller alone")
    return FirstAnswer(by_key_and_body(header))


@violation(test_same_key_has_one_effect)
def second_effect_behind_the_answer(header: str = HEADER, effects: Ask | None = None) -> Fault:
    """Answer a replay as the first request, and do once more what it does."""
    if effects is None:
        raise CannotPlant("the plan does not say how effects are counted")
    return SecondEffect(header)


@violation(test_same_key_has_one_effect)
def two_at_once_are_two(header: str = HEADER) -> Fault:
    """Let a second request not find the first while that one is on its way."""
    return Apart(header)


@violation(test_same_key_has_one_effect)
def keys_end_with_the_process(service: Service, header: str = HEADER, restart: bool = False) -> Fault:
    """Know no key that came before a restart."""
    if not restart:
        raise CannotPlant("the plan asks for no restart")
    return ForgottenAtRestart(header, lambda: service.running.pid)
