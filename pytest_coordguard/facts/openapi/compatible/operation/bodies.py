"""Request bodies."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import REQUEST
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.operation.media import compare_content
from pytest_coordguard.facts.openapi.compatible.step import Root, Step

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "request-body-required-added": Rule(ERROR, ERROR, "a request without a body is refused"),
    "request-body-optional-added": Rule(INFO, INFO, "a request may have a body"),
    "request-body-removed": Rule(ERROR, ERROR, "a request has no body any more"),
    "request-body-became-required": Rule(ERROR, ERROR, "a request without the body is refused now"),
    "request-body-became-optional": Rule(INFO, INFO, "the body may be left out"),
    "called-body-removed": Rule(ERROR, ERROR, "the API's call brings no body any more"),
    "called-body-added": Rule(INFO, INFO, "the API's call brings a body"),
    "called-body-became-optional": Rule(ERROR, INFO, "the API's call may bring no body"),
    "called-body-became-required": Rule(INFO, INFO, "the API's call always brings a body"),
}


def compare_bodies(step: Step) -> Iterator[Change | Root]:
    """Yield what became of the request body; in a callback the API sends it, and the client reads it."""
    old, new = step.before.body, step.after.body
    word = "called" if step.turned else "request"
    if old and new:
        if old.required != new.required:
            now = "required" if new.required else "optional"
            yield step.change(f"{word}-body-became-{now}", f"the body became {now}", old.site, new.site)
        yield from compare_content(step, old.content, new.content, REQUEST, old.site, new.site)
    elif old:
        yield step.change(f"{word}-body-removed", "the request body is gone", old.site)
    elif new:
        needed = "" if step.turned else "required-" if new.required else "optional-"
        said = f"a request body is new{' and required' if new.required else ''}"
        yield step.change(f"{word}-body-{needed}added", said, after=new.site)
