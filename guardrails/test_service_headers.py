"""Rate-limit headers of the running service are there on every answer, and their numbers are true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control, no_success
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.provocation import require_all, wanted_statuses, ways
from pytest_coordguard.domain.rate_limit import (
    FAMILIES,
    USUAL,
    Counter,
    Family,
    Match,
    counters,
    implausible,
    lacking,
    stands_still,
    used_up,
)
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import edit_headers, freeze_headers, on, rewrite_status, strip_headers
from pytest_coordguard.facts.service.burst import Burst, burst
from pytest_coordguard.facts.service.provoke import provoked
from pytest_coordguard.facts.service.rest import Rest
from pytest_coordguard.facts.service.service import Service

RULE = "service.headers"
SUCCESS = "a success"
FALL = "a counter that fell"
REFUSAL = "a refusal at the limit"
ERROR = 400  # RFC 9110, section 15.5
MOST = 400  # requests of one caller
SECONDS = 10.0  # for the burst
SPARE = 10  # calls beyond twice the limit, before it is said never to come


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which headers each answer must have."""

    families: tuple[Family, ...]
    match: Match


@guardrail(
    RULE, remedy="Count in one place in front of all routes, error handlers included, and tell what was counted."
)
def test_headers_are_there_and_true(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    families: list[Family] | None = None,
    match: Match = "all",
    provoke: dict[str, Ask] | None = None,
    statuses: list[str] | None = None,
    limited: bool = True,
) -> None:
    """Each answer tells the caller's limits, success or error; what is left falls, and at nothing comes a 429.

    Args:
        endpoint: a request that succeeds, and that counts against the limit.
        families: `x-ratelimit`, `openai` (-requests and -tokens), `ietf` (RateLimit, RateLimit-Policy) or
            `ietf-draft6` (RateLimit-Limit and others); without it the first two.
        match: `all` of the families, or `any`.
        provoke: how an error status is provoked where the usual way does not lead to it.
        statuses: the error statuses that are looked at; without it 400, 401, 403, 404, 405, 422, 429 and 5xx.
        limited: whether the limit has to be met: false where it is too high to be reached in a check.

    """
    wanted = Wanted(tuple(families or USUAL), match)
    given = provoke or {}
    errors = wanted_statuses(statuses, given)
    control = Control(evidence)
    first = Rest(evidence).before(
        lambda: burst(service.caller(endpoint.auth), endpoint, most=3, seconds=SECONDS), lambda met: met.first
    )
    _require_success(endpoint, first, control)
    answers = [counters(reply.headers, wanted.families, now=reply.at) for reply in first.replies]
    findings = [*_told(f"{endpoint}: success", first.replies[0], wanted, evidence), *_falls(endpoint, answers, control)]
    found: dict[str, Reply | str] = {}
    is_met = limited and "429" in errors and "429" not in given
    for status in errors:
        if status != "429" or not is_met:
            found[status] = provoked(service, status, ways(status, endpoint, given))
    if is_met:  # last: behind it each answer may be 429
        findings += _meets(service, endpoint, answers[0], wanted, found, control)
    reached = {status: reply for status, reply in found.items() if isinstance(reply, Reply)}
    for status, reply in reached.items():
        if reply.status < ERROR:
            findings.append(Finding("", 0, f"{reply.ask}: what should end in {status} is a success", RULE))
        findings += _told(f"{reply.ask}: {status}", reply, wanted, evidence)
    evidence.measured("kinds of answer looked at", 1 + len(reached), at_least=1 + len(errors))
    require_none(findings)
    control.require(SUCCESS, FALL)
    require_all(found)


def _require_success(endpoint: Ask, first: Burst, control: Control) -> None:
    if not first.replies or not endpoint.expects(first.replies[0].status):
        raise no_success(first.first, "its headers say")
    control.saw(SUCCESS)


def _told(where: str, reply: Reply, wanted: Wanted, evidence: Evidence) -> Iterator[Finding]:
    """Yield what one kind of answer lacks, and what it says that cannot be."""
    names = [name for family in wanted.families for name in FAMILIES[family] if reply.has(name)]
    told = ", ".join(f"{name}={reply.header(name)}" for name in dict.fromkeys(names))
    evidence.remark(f"{where}: {reply.status} with {told or 'no rate-limit header'}")
    if missing := lacking(reply.headers, wanted.families, wanted.match):
        yield Finding("", 0, f"{where} lacks {', '.join(missing)}", RULE)
    for fault in implausible(reply.headers, wanted.families, now=reply.at):
        yield Finding("", 0, f"{where}: {fault}", RULE)


def _falls(endpoint: Ask, answers: list[list[Counter]], control: Control) -> Iterator[Finding]:
    still = stands_still(answers)
    if len(answers) > 1 and len(still) < len({one.name for answer in answers for one in answer if one.of_requests}):
        control.saw(FALL)
    for name in still if len(answers) > 1 else ():
        yield Finding("", 0, f"{endpoint}: what is left of the {name} does not fall from call to call", RULE)
    if any(one.limit == 0 for answer in answers for one in answer if not one.of_requests):
        return
    if len(answers) == 1:  # refused at the second call: the limit is 1, and was met
        control.saw(FALL)


def _meets(
    service: Service,
    endpoint: Ask,
    known: list[Counter],
    wanted: Wanted,
    found: dict[str, Reply | str],
    control: Control,
) -> Iterator[Finding]:
    """Use up a limit as one caller; a service that goes on with nothing left has none."""
    limits = [one.limit for one in known if one.of_requests and one.limit]
    enough = 2 * int(min(limits, default=MOST)) + SPARE
    tried = burst(service.caller(endpoint.auth), endpoint, most=min(enough, MOST), seconds=SECONDS)
    if tried.refused is not None:
        control.saw(REFUSAL)
        found["429"] = tried.refused
        left = [
            one
            for one in counters(tried.refused.headers, wanted.families, now=tried.refused.at)
            if one.remaining is not None
        ]
        if left and all(one.remaining for one in left):
            yield Finding("", 0, f"{endpoint}: refuses with 429 while each counter says that some is left", RULE)
        return
    if _goes_on(tried, wanted) or (len(tried.replies) >= enough and not _moves(tried, wanted)):
        yield Finding("", 0, f"{endpoint}: goes on answering when nothing is left: no 429 comes", RULE)
    found["429"] = f"none in {len(tried.replies)} calls of one caller"


def _goes_on(tried: Burst, wanted: Wanted) -> bool:
    """Tell whether a call succeeded after one that said that nothing is left, before the time of the reset."""
    for reply, following in pairwise(tried.replies):
        spent = used_up(counters(reply.headers, wanted.families, now=reply.at))
        if any(one.reset is not None and following.at - reply.at < one.reset - 1 for one in spent):
            return True
    return False


def _moves(tried: Burst, wanted: Wanted) -> bool:
    answers = [counters(reply.headers, wanted.families, now=reply.at) for reply in tried.replies]
    return bool(answers) and not stands_still(answers)


@violation(test_headers_are_there_and_true)
def family_missing_on_errors(families: list[Family] | None = None) -> Fault:
    """Let errors that a framework makes past the limiter have no header of one family."""
    return strip_headers(*FAMILIES[_last(families)], where=on(404, 405, 401, 422, 400))


@violation(test_headers_are_there_and_true)
def header_missing_on_success(families: list[Family] | None = None) -> Fault:
    """Take one header of each answer that succeeds."""
    return strip_headers(FAMILIES[_last(families)][0], where=on(2))


@violation(test_headers_are_there_and_true)
def headers_missing_at_the_limit(families: list[Family] | None = None) -> Fault:
    """Refuse without a word about limits."""
    return strip_headers(*(name for family in families or USUAL for name in FAMILIES[family]), where=on(429))


@violation(test_headers_are_there_and_true)
def remaining_never_falls() -> Fault:
    """Say the same for ever, as constant headers do."""
    return freeze_headers("*remaining*", "ratelimit")


@violation(test_headers_are_there_and_true)
def reset_in_no_grammar() -> Fault:
    """Tell the reset as nobody reads it."""
    return edit_headers(["*-reset*"], lambda _: "soon")


@violation(test_headers_are_there_and_true)
def limit_is_never_met() -> Fault:
    """Count down to nothing, and answer all the same."""
    return rewrite_status(200, where=on(429))


def _last(families: list[Family] | None) -> Family:
    return (families or list(USUAL))[-1]
