"""Parameters: which there are, where, whether they must be there, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import PARAMETER, REQUEST
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.model import Named, Parameter
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.operation.lifecycle import removed
from pytest_coordguard.facts.openapi.compatible.operation.media import compare_content
from pytest_coordguard.facts.openapi.compatible.schema.listed import compare_default
from pytest_coordguard.facts.openapi.compatible.step import Root, Step

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "parameter-required-added": Rule(ERROR, ERROR, "a request without the new parameter is refused"),
    "parameter-optional-added": Rule(INFO, INFO, "a parameter may be sent that was not there"),
    "parameter-removed": Rule(ERROR, WARNING, "a parameter that clients send is gone"),
    "parameter-removed-deprecated": Rule(INFO, INFO, "a parameter is gone that was deprecated, and whose time was up"),
    "parameter-removed-before-sunset": Rule(ERROR, ERROR, "a deprecated parameter is gone before its sunset"),
    "parameter-moved": Rule(ERROR, ERROR, "a parameter must be sent in another place"),
    "parameter-became-required": Rule(ERROR, ERROR, "a request without the parameter is refused now"),
    "parameter-became-optional": Rule(INFO, INFO, "a parameter may be left out"),
    "parameter-serialization-changed": Rule(ERROR, NONE, "a parameter is written in another way (style, explode)"),
    "parameter-empty-refused": Rule(ERROR, NONE, "a parameter may not be sent without a value any more"),
    "parameter-empty-allowed": Rule(INFO, NONE, "a parameter may be sent without a value"),
    "parameter-form-changed": Rule(ERROR, NONE, "a parameter is a document (content) now, or is none any more"),
}


def compare_parameters(step: Step) -> Iterator[Change | Root]:
    """Yield what became of an operation's parameters."""
    before, after = dict(step.before.parameters), dict(step.after.parameters)
    yield from _moved(step, before, after)
    for key, old in before.items():
        if key in after:
            yield from _kept(step, old, after[key])
        elif not step.turned:
            yield _removed(step, old)
    for key, new in after.items():
        if key not in before and not step.turned:
            needed = "required" if new.required else "optional"
            said = f"the {new.place} parameter {new.name!r} is new and {needed}"
            yield step.change(f"parameter-{needed}-added", said, after=new.site)


def _moved(step: Step, before: dict[Named, Parameter], after: dict[Named, Parameter]) -> Iterator[Change]:
    gone = {old.name.lower(): key for key, old in before.items() if key not in after}
    for key, new in list(after.items()):
        if key not in before and new.name.lower() in gone:
            old = before.pop(was := gone.pop(new.name.lower()))
            del after[key]
            if old.place == new.place:  # in the path, where one of the two is no variable of the template
                before[was], after[was] = old, new
                continue
            said = f"the parameter {old.name!r} moved from {old.place} to {new.place}"
            yield step.change("parameter-moved", said, old.site, new.site)


def _removed(step: Step, old: Parameter) -> Change:
    said = f"the {old.place} parameter {old.name!r} is gone"
    fate, why = removed(old.site, step.options)
    return step.change(f"parameter-{fate}", f"{said} {why}", old.site)


def _kept(step: Step, old: Parameter, new: Parameter) -> Iterator[Change | Root]:
    if old.required != new.required and not step.turned:
        aspect = "became-required" if new.required else "became-optional"
        said = f"the {new.place} parameter {new.name!r} {aspect.replace('-', ' ')}"
        yield step.change(f"parameter-{aspect}", said, old.site, new.site)
    if old.empty != new.empty and not step.turned:
        said = f"{new.name!r} may {'' if new.empty else 'not '}be sent without a value"
        yield step.change(f"parameter-empty-{'allowed' if new.empty else 'refused'}", said, old.site, new.site)
    if bool(old.content) != bool(new.content) and not step.turned:
        yield step.change(
            "parameter-form-changed", f"{new.name!r} changed between schema and content", old.site, new.site
        )
    elif old.content:
        yield from compare_content(step, old.content, new.content, REQUEST, old.site, new.site)
    elif old.schema and new.schema:
        yield from _schemas(step, old, new, old.schema, new.schema)


def _schemas(step: Step, old: Parameter, new: Parameter, before: Node, after: Node) -> Iterator[Change | Root]:
    forms = step.forms(before, after)
    single = forms[0].types is not None and "array" not in forms[0].types and forms[1].types == frozenset({"array"})
    items = forms[1].schema("items")
    if single and items and new.explode and new.style == "form" and not forms[1].all("minItems"):
        yield Root(before, items, step.area(PARAMETER))  # one value is written as an array of one
        return
    many = any(form.types is None or form.types & {"array", "object"} for form in forms)
    written = [(each.style, each.explode if many else False) for each in (old, new)]
    if written[0] != written[1] and not step.turned:
        said = f"{new.name!r} was written as {_style(old)} and is written as {_style(new)}"
        yield step.change("parameter-serialization-changed", said, old.site, new.site)
    if not (old.required or new.required or step.turned):
        yield from compare_default(*forms, PARAMETER)
    yield Root(before, after, step.area(PARAMETER))


def _style(parameter: Parameter) -> str:
    return f"{parameter.style}{', exploded' if parameter.explode else ''}"
