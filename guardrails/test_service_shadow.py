"""The running service beside a reference: what a client of the one reads, it reads of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.shadow.comparison import Compared, Difference, accepted, compared
from pytest_coordguard.domain.shadow.picture import HEADERS, Picture
from pytest_coordguard.domain.shadow.recording import NoRecording, names_of, read, suite_of
from pytest_coordguard.domain.shadow.reference import Reference
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import (
    drop_json,
    edit_headers,
    edit_json,
    on,
    replace_body,
    rewrite_status,
    strip_headers,
)
from pytest_coordguard.facts.openapi.pictures import Reader
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.pictures import look, pictures_of, reference_pictures
from pytest_coordguard.facts.service.service import Service
from pytest_coordguard.reports.shadow import pages

RULE = "service.shadow"
SUCCESS = "a success of both"
DAY = 86_400.0  # seconds


@guardrail(
    RULE, remedy="Answer as the reference does, or write under `allow` why clients do not mind; docs/audits has tables."
)
def test_answers_are_as_the_reference_has_them(
    service: Service,
    repo: Repository,
    evidence: Evidence,
    reference: Reference,
    asks: list[Ask],
    headers: list[str] | None = None,
    allow: dict[str, str] | None = None,
) -> None:
    """Each answer has the reference's status, media type, shape of JSON and kinds of headers; never values.

    Args:
        reference: one of `serve`, `asgi`, `url` (with keys as `service` has them), `recording` or `spec`.
        asks: the requests; one that is to fail says its `status`.
        headers: patterns of the headers that are compared; without it those of rate limits, and Retry-After.
        allow: difference, as `GET /v1/models: header retry-after` (`*` for any text) -> why it does not matter.

    """
    if not asks:
        raise Vacuous("asks: no request to compare; meant: 'asks: [GET /v1/models, …]'")
    asked, patterns, control = names_of(asks), headers or [*HEADERS], Control(evidence)
    known, source = _reference(service, repo, evidence, reference, asked, patterns)
    evidence.remark(f"reference: {source}")
    answers = pictures_of(look(service, {name: asked[name] for name in known}), patterns)
    rows = [compared(name, picture, answers[name]) for name, picture in known.items()]
    found = [one for row in rows for one in row.differences]
    named = accepted(found, allow or {})
    reasons = {one: (allow or {})[key] for key, ones in named.items() if (allow or {})[key].strip() for one in ones}
    evidence.leave("shadow", pages(source, rows, reasons))
    evidence.measured("requests compared", len(rows), at_least=len(asked))
    evidence.measured("differences", len(found) - len(reasons), at_most=0)
    evidence.measured("differences accepted", len(reasons))
    require_none([*_findings(found, reasons), *_idle(named, allow or {}, rows)])
    control.saw(SUCCESS, sum(_is_success(row) for row in rows))
    control.require(SUCCESS)


def _findings(found: Sequence[Difference], reasons: Mapping[Difference, str]) -> Iterator[Finding]:
    for one in found:
        if one not in reasons:
            yield Finding("", 0, f"{one.key}: {one.candidate}; the reference: {one.reference}", RULE)


def _idle(
    named: Mapping[str, Sequence[Difference]], allow: Mapping[str, str], rows: Sequence[Compared]
) -> list[Finding]:
    """Find what is accepted without a reason, or without need: it would hide the next difference."""
    return [
        Finding("", 0, f"allow: {key!r} " + ("has no reason" if not allow[key].strip() else "excuses nothing"), RULE)
        for key, ones in named.items()
        if rows and (not ones or not allow[key].strip())
    ]


def _is_success(row: Compared) -> bool:
    return all(one.status is not None and 200 <= one.status < 300 for one in (row.reference, row.candidate))  # noqa: PLR2004  # RFC 9110, section 15.3


def _reference(
    service: Service,
    repo: Repository,
    evidence: Evidence,
    reference: Reference,
    asked: Mapping[str, Ask],
    patterns: Sequence[str],
) -> tuple[Mapping[str, Picture], str]:
    """Return the reference's answers, and what it is."""
    if reference.service is not None:
        other = service.other(reference.service)
        settings = reference.service
        return reference_pictures(other, asked, patterns), settings.url or settings.serve or settings.asgi
    if reference.spec:
        return _declared(repo, evidence, reference.spec, asked, patterns), reference.spec
    return _recorded(repo, reference, asked)


def _declared(
    repo: Repository, evidence: Evidence, path: str, asked: Mapping[str, Ask], patterns: Sequence[str]
) -> Mapping[str, Picture]:
    reader = Reader(repo, path)
    said = {name: reader.picture(one, patterns) for name, one in asked.items()}
    for name, picture in said.items():
        if isinstance(picture, Picture) and picture.headers is None:
            evidence.remark(f"{name}: {path} declares none of the headers, so that none is compared")
    if missing := [f"{name}: {why}" for name, why in said.items() if isinstance(why, str)]:
        raise Vacuous(f"{path} says nothing of {len(missing)} of {len(asked)} requests: {'; '.join(missing[:3])}")
    return {name: picture for name, picture in said.items() if isinstance(picture, Picture)}


def _recorded(repo: Repository, reference: Reference, asked: Mapping[str, Ask]) -> tuple[Mapping[str, Picture], str]:
    path = reference.recording
    again = f"meant: record it again, with `coordguard shadow --record {path}`"
    if not repo.is_file(path):
        raise CannotJudge(f"reference: no file {path}; {again}")
    try:
        recording = read(repo.read_text(path))
    except NoRecording as error:
        raise CannotJudge(f"reference: {path} is no recording ({error}); {again}") from error
    if recording.suite != suite_of([*asked.values()]):
        raise CannotJudge(f"reference: {path} was recorded for other requests; {again}")
    age = (datetime.now(UTC) - recording.at).total_seconds()
    if age > reference.max_age:
        days = f"{age / DAY:.0f} days old; at most {reference.max_age / DAY:g} are allowed"
        raise CannotJudge(f"reference: {path} is {days}; {again}")
    if age < -DAY:
        raise CannotJudge(f"reference: {path} was recorded in the future, on {recording.at:%Y-%m-%d}; {again}")
    if missing := [name for name in asked if name not in recording.pictures]:
        raise CannotJudge(f"reference: {path} has no answer to {missing[0]}; {again}")
    source = f"{path}, of {recording.source} on {recording.at:%Y-%m-%d}"
    return {name: recording.pictures[name] for name in asked}, source


@violation(test_answers_are_as_the_reference_has_them)
def status_differs() -> Fault:
    """Answer another status of the same class."""
    return rewrite_status(203, where=on(2))


@violation(test_answers_are_as_the_reference_has_them)
def field_is_gone(asks: list[Ask]) -> Fault:
    """Leave the first field out of each JSON object that is a success, and of each error."""

    def without_first(data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("error"), dict):
            return {"error": dict(list(data["error"].items())[1:])}
        return dict(list(data.items())[1:]) if isinstance(data, dict) else data

    return edit_json(without_first, where=on(paths=[one.path.partition("?")[0] for one in asks]))


@violation(test_answers_are_as_the_reference_has_them)
def field_has_another_type() -> Fault:
    """Put a text where there was a list or a number."""

    def as_texts(data: object) -> object:
        return (
            {key: "text" if not isinstance(value, str) else 7 for key, value in data.items()}
            if isinstance(data, dict)
            else data
        )

    return edit_json(as_texts)


@violation(test_answers_are_as_the_reference_has_them)
def error_in_another_envelope() -> Fault:
    """Answer errors as the framework does."""
    return replace_body(b'{"detail": "Not Found"}', where=on(4, 5))


@violation(test_answers_are_as_the_reference_has_them)
def error_without_code() -> Fault:
    """Leave `code` out of the envelope."""
    return drop_json("error.code", where=on(4, 5))


@violation(test_answers_are_as_the_reference_has_them)
def answers_are_pages() -> Fault:
    """Answer in HTML."""
    return replace_body(b"<!doctype html><title>It works!</title>", "text/html", where=on(2))


@violation(test_answers_are_as_the_reference_has_them)
def headers_are_gone(headers: list[str] | None = None) -> Fault:
    """Take away what is compared of the headers."""
    return strip_headers(*(headers or HEADERS))


@violation(test_answers_are_as_the_reference_has_them)
def headers_are_empty(headers: list[str] | None = None) -> Fault:
    """Send each header that is compared without a value."""
    return edit_headers(headers or HEADERS, lambda _: "")
