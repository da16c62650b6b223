"""The running service answers: each endpoint that it declares, to a caller with a token, with what it says it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile
from pytest_coordguard.domain.reply import NotJson, Reply
from pytest_coordguard.domain.wire import Answer, Call, Fault
from pytest_coordguard.domain.wire_faults import Where, on, replace_body, rewrite_status
from pytest_coordguard.facts.openapi.document import Unreadable
from pytest_coordguard.facts.openapi.plain_gets import plain_gets
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.rest import Rest
from pytest_coordguard.facts.service.service import Service

RULE = "service.smoke"
SUCCESS = "a success with a token"
OK, FAILED = 200, 500  # RFC 9110, section 15.6


@guardrail(RULE, remedy="Ask the endpoint as the finding shows it, and read the service's log from that moment on.")
def test_endpoints_answer(
    service: Service,
    repo: Repository,
    evidence: Evidence,
    endpoints: list[Ask] | None = None,
    spec: RepoFile | None = None,
) -> None:
    """Each endpoint answers a caller with a token as it should, and what it sends is what it says it is.

    Args:
        endpoints: requests, as `GET /v1/models`, or mappings with `ask`, `json`, `status`, `answers` and others.
        spec: an OpenAPI document; each of its GET operations that needs no parameter is asked too.

    """
    asked = requests(repo, endpoints, spec)
    control = Control(evidence)
    rest = Rest(evidence)
    findings = [finding for one in asked for finding in _look(service, one, control, rest)]
    evidence.measured("endpoints asked", len(asked), at_least=1)
    evidence.measured("endpoints at fault", len({finding.message.partition(":")[0] for finding in findings}), at_most=0)
    require_none(findings)
    control.require(SUCCESS if service.settings.auth else "a success")


def requests(repo: Repository, endpoints: Sequence[Ask] | None, spec: str | None) -> list[Ask]:
    """Return what is to be asked: what the plan says of an endpoint comes before what its document says.

    Raises:
        CannotJudge: the document cannot be read.
        Vacuous: there is nothing to ask.

    """
    asked = list(endpoints or ())
    named = {str(one) for one in asked}
    if spec is not None:
        try:
            asked += [one for one in plain_gets(repo, spec) if str(one) not in named]
        except (FileNotFoundError, Unreadable) as error:
            raise CannotJudge(f"spec: {spec} cannot be read ({error})") from error
    if not asked:
        of = f"no GET operation of {spec} can be asked as it stands" if spec else "the plan names no endpoint"
        raise Vacuous(f"{of}; meant: 'endpoints: [GET /v1/models, …]'")
    return asked


def _look(service: Service, asked: Ask, control: Control, rest: Rest) -> Iterator[Finding]:
    try:
        reply = rest.reply(lambda: service.send(asked))
    except NoAnswer as error:
        if error.more:
            control.evidence.remark(f"{asked}: {error.more}")
        yield Finding("", 0, f"{asked}: no answer ({error.why})", RULE)
        return
    if reply.retried:
        control.evidence.remark(f"{asked}: asked twice, for the first connection failed ({reply.retried})")
    faults = [*_faults(reply)]
    if faults:  # beside the finding, whose words stay the same from run to run
        control.evidence.remark(f"{reply}: {reply.excerpt() or 'nothing'}")
    yield from (Finding("", 0, f"{asked}: {fault}", RULE) for fault in faults)
    if not faults and reply.status < 300:  # noqa: PLR2004  # RFC 9110, section 15.3
        control.saw("a success")
        if asked.auth not in ("none", "garbage"):
            control.saw(SUCCESS)


def _faults(reply: Reply) -> Iterator[str]:
    asked = reply.ask
    if not asked.expects(reply.status):
        wanted = " or ".join(map(str, asked.status)) or "2xx"
        yield f"answers {reply.status}; meant: {wanted}"
        return
    if asked.answer_type and reply.media_type != asked.answer_type:
        yield f"answers {reply.media_type or 'no media type'}; meant: {asked.answer_type}"
    if asked.expects(OK) and reply.is_error_inside:
        yield f"answers {reply.status} with an error in it"
    if (reply.is_json or asked.has) and not reply.cut:
        yield from _faults_of_json(reply)


def _faults_of_json(reply: Reply) -> Iterator[str]:
    try:
        reply.json()
    except NotJson:
        yield "says that it is JSON, and is none" if reply.is_json else "is no JSON"
        return
    yield from (f"has nothing at {place}" for place in reply.ask.has if reply.lacks(place))


@violation(test_endpoints_answer)
def authenticated_calls_fail(service: Service) -> Fault:
    """Let each call that carries a token answer 500, and the others go on."""

    def carries_a_token(call: Call, _: Answer) -> bool:
        return bool(call.header(header))

    header = service.settings.auth.header if service.settings.auth else "user-agent"  # which every call carries
    return rewrite_status(FAILED, where=carries_a_token)


@violation(test_endpoints_answer)
def endpoint_gone(repo: Repository, endpoints: list[Ask] | None = None, spec: RepoFile | None = None) -> Fault:
    """Let one endpoint answer 404."""
    return rewrite_status(404, where=of(requests(repo, endpoints, spec)[-1]))


@violation(test_endpoints_answer)
def body_is_no_json() -> Fault:
    """Say JSON and send half of it."""
    return replace_body(b'{"object": "li', where=on(2))


@violation(test_endpoints_answer)
def page_instead_of_an_answer(
    repo: Repository, endpoints: list[Ask] | None = None, spec: RepoFile | None = None
) -> Fault:
    """Answer as a proxy does that does not know the path: 200, and a page that calls itself JSON."""
    return replace_body(b"<!doctype html><title>It works!</title>", where=of(requests(repo, endpoints, spec)[0]))


def of(asked: Ask) -> Where:
    """Return the condition of the answers to one request."""
    return on(paths=[asked.path.partition("?")[0]], methods=[asked.method])
