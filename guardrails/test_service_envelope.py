"""Errors of the running service come in the envelope that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control, no_success
from pytest_coordguard.domain.envelope import envelope_faults
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.provocation import is_status, require_all, wanted_statuses, ways
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.domain.wire import Fault, Together
from pytest_coordguard.domain.wire_faults import drop_json, on, replace_body, rewrite_status, set_json
from pytest_coordguard.facts.service.provoke import first_answer
from pytest_coordguard.facts.service.rest import Rest
from pytest_coordguard.facts.service.service import Service

RULE = "service.envelope"
SUCCESS = "a success of the endpoint"


@guardrail(RULE, remedy="Answer every error through one handler that makes the envelope, the framework's own included.")
def test_errors_have_the_envelope(
    service: Service,
    evidence: Evidence,
    endpoint: Ask,
    provoke: dict[str, Ask] | None = None,
    statuses: list[str] | None = None,
) -> None:
    """Each error has the structure {"error": {"message", "type", "param", "code"}}, whatever part raises it.

    Args:
        endpoint: a request that succeeds, as `POST /v1/embeddings` with its `json`: the errors are provoked around it.
        provoke: how a status is provoked where the usual way does not lead to it, as `403: {ask: GET /admin}`.
        statuses: those that are asked for, as `[400, 401, 5xx]`; without it 400, 401, 403, 404, 405, 422, 429 and 5xx.

    """
    given = provoke or {}
    wanted = wanted_statuses(statuses, given)
    control = Control(evidence)
    first = Rest(evidence).reply(lambda: service.send(endpoint))
    if endpoint.expects(first.status):
        control.saw(SUCCESS)
    found = {status: _provoked(service, status, ways(status, endpoint, given)) for status in wanted}
    reached = {status: reply for status, reply in found.items() if isinstance(reply, Reply)}
    evidence.measured("statuses reached", len(reached), at_least=len(wanted))
    for status, reply in reached.items():
        evidence.remark(f"{status}: {reply}, {reply.excerpt()}")
    require_none(
        Finding("", 0, f"{status}: {reply.ask} {fault}", RULE)
        for status, reply in reached.items()
        for fault in _faults(status, reply)
    )
    if not control.seen:
        raise no_success(first, "its errors say")
    control.require(SUCCESS)
    require_all(found)


def _provoked(service: Service, wanted: str, asked: Sequence[Ask]) -> Reply | str:
    """Return the error; a success with one in it is the answer that should have had the status, as is a crash."""
    return first_answer(
        service,
        lambda reply: is_status(wanted, reply.status) or reply.is_error_inside or _is_crash(wanted, reply),
        asked,
    )


def _is_crash(wanted: str, reply: Reply) -> bool:
    """Tell whether the service takes the blame for what a caller did wrong, and asks clients to try that again."""
    return wanted.startswith("4") and reply.status == 500  # noqa: PLR2004  # RFC 9110, section 15.6.1


def _faults(wanted: str, reply: Reply) -> Iterator[str]:
    if _is_crash(wanted, reply):
        yield "answers 500 to what the caller did wrong"
    elif not is_status(wanted, reply.status):
        yield f"answers {reply.status} with an error in it"
    yield from envelope_faults(reply)


@violation(test_errors_have_the_envelope)
def error_is_a_sentence() -> Fault:
    """Answer errors as limiters and proxies do: {"error": "text"}."""
    return replace_body(b'{"error": "Rate limit exceeded"}', where=on(4, 5))


@violation(test_errors_have_the_envelope)
def error_of_the_framework() -> Fault:
    """Let 404 and 405 come from the framework, past the service's own handler."""
    return replace_body(b'{"detail": "Not Found"}', where=on(404, 405, 401))


@violation(test_errors_have_the_envelope)
def error_without_param() -> Fault:
    """Leave one of the four fields out."""
    return drop_json("error.param", where=on(4, 5))


@violation(test_errors_have_the_envelope)
def code_is_a_number() -> Fault:
    """Put the status where a code is meant."""
    return set_json("error.code", 400, where=on(4, 5))


@violation(test_errors_have_the_envelope)
def errors_as_successes() -> Fault:
    """Answer 200 to everything, with the error in the body."""
    body = b'{"error": {"message": "no", "type": "invalid_request_error", "param": null, "code": null}}'
    return Together([rewrite_status(200, where=on(4, 5)), replace_body(body, where=on(4, 5))])


@violation(test_errors_have_the_envelope)
def error_is_a_page() -> Fault:
    """Answer errors as a proxy in front does."""
    return replace_body(b"<html><h1>Error</h1></html>", "text/html", where=on(4, 5))
