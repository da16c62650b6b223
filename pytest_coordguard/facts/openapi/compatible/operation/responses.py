"""Responses: the statuses that may come, their headers and bodies."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import HEADER, RESPONSE
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.model import Operation, Parameter, Response
from pytest_coordguard.facts.openapi.compatible.operation.media import compare_content
from pytest_coordguard.facts.openapi.compatible.step import Root, Step, below

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "response-success-removed": Rule(ERROR, ERROR, "a success that clients wait for does not come any more"),
    "response-success-added": Rule(INFO, INFO, "a further success may come"),
    "response-failure-removed": Rule(INFO, INFO, "a failure does not come any more"),
    "response-failure-added": Rule(INFO, INFO, "a further failure may come"),
    "response-header-removed": Rule(ERROR, ERROR, "a header that always came is gone"),
    "response-header-optional-removed": Rule(WARNING, WARNING, "a header that came at times is gone"),
    "response-header-became-optional": Rule(ERROR, ERROR, "a header that always came may be missing"),
    "response-header-became-required": Rule(INFO, INFO, "a header always comes"),
    "response-header-added": Rule(INFO, INFO, "a header may come that was not there"),
}


def compare_responses(step: Step) -> Iterator[Change | Root]:
    """Yield what became of the responses."""
    compared = set()
    for status, old in step.before.responses.items():
        stand_in = _stand_in(step.after, status)
        if stand_in is None:
            word = "success" if _is_success(status) else "failure"
            said = f"the response {status} is gone"
            at = below(step.after.site, "responses", status)
            yield step.change(f"response-{word}-removed", said, old.site, at)
        else:
            compared.add(stand_in)
            yield from _kept(step, old, step.after.responses[stand_in])
    for status, new in step.after.responses.items():
        if status not in step.before.responses and status not in compared:
            yield from _added(step, status, new)


def _added(step: Step, status: str, new: Response) -> Iterator[Change | Root]:
    stand_in = _stand_in(step.before, status)
    if stand_in is not None:
        yield from _kept(step, step.before.responses[stand_in], new)
    word = "success" if _is_success(status) else "failure"
    at = below(step.before.site, "responses", status)
    yield step.change(f"response-{word}-added", f"the response {status} is new", at, new.site)


def _stand_in(operation: Operation, status: str) -> str | None:
    """Return the status that answers for another one: itself, its range; `default`, but for no success."""
    for each in operation.responses:
        if each.lower() in (status.lower(), f"{status[:1]}xx"):
            return each
    return "default" if "default" in operation.responses and not _is_success(status) else None


def _is_success(status: str) -> bool:
    return status.startswith("2")


def _kept(step: Step, old: Response, new: Response) -> Iterator[Change | Root]:
    yield from compare_content(step, old.content, new.content, RESPONSE, old.site, new.site)
    if step.turned:  # what the client's answer to a callback must be: its headers are for the API to read
        return
    for name, header in old.headers.items():
        if name in new.headers:
            yield from _header(step, header, new.headers[name])
        else:
            rule = "response-header-removed" if header.required else "response-header-optional-removed"
            said = f"the header {header.name!r} is gone"
            yield step.change(rule, said, header.site, below(new.site, "headers", header.name))
    for name, header in new.headers.items():
        if name not in old.headers:
            said = f"the header {header.name!r} is new"
            yield step.change("response-header-added", said, below(old.site, "headers", header.name), header.site)


def _header(step: Step, old: Parameter, new: Parameter) -> Iterator[Change | Root]:
    if old.required != new.required:
        aspect = "became-required" if new.required else "became-optional"
        said = f"the header {new.name!r} {aspect.replace('-', ' ')}"
        yield step.change(f"response-header-{aspect}", said, old.site, new.site)
    if old.content and new.content:
        yield from compare_content(step, old.content, new.content, RESPONSE, old.site, new.site)
    elif old.schema and new.schema:
        yield Root(old.schema, new.schema, HEADER)
