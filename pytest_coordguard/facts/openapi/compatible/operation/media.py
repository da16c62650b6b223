"""Bodies by media type: which there are, what each holds, and how a form's fields are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_coordguard.facts.openapi.compatible.effects import Area
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.model import Media
from pytest_coordguard.facts.openapi.compatible.step import Root, Step, below
from pytest_coordguard.facts.openapi.description import Site, short

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "request-media-type-removed": Rule(ERROR, ERROR, "a body in this media type is refused now"),
    "request-media-type-added": Rule(INFO, INFO, "a body may come in a further media type"),
    "response-media-type-removed": Rule(ERROR, ERROR, "the body does not come in this media type any more"),
    "response-media-type-added": Rule(INFO, INFO, "the body may come in a further media type, to who asks for it"),
    "response-media-type-generalized": Rule(ERROR, ERROR, "the body may come in any media type of a range"),
    "request-media-type-generalized": Rule(INFO, INFO, "the body may come in any media type of a range"),
    "request-body-constrained": Rule(ERROR, ERROR, "a body that could be anything must meet a schema"),
    "request-body-freed": Rule(INFO, INFO, "a body that had to meet a schema can be anything"),
    "response-body-constrained": Rule(INFO, INFO, "a body that could be anything meets a schema"),
    "response-body-freed": Rule(ERROR, WARNING, "a body that met a schema can be anything"),
    "request-encoding-changed": Rule(ERROR, NONE, "a field of a form is written in another way"),
    "response-encoding-changed": Rule(ERROR, NONE, "a field of a multipart body is written in another way"),
}
LIKE_JSON = ("+json", "/json")
WRITTEN = ("contentType", "style", "explode", "allowReserved")


def compare_content(
    step: Step, before: Mapping[str, Media], after: Mapping[str, Media], area: Area, old: Site, new: Site
) -> Iterator[Change | Root]:
    """Yield what became of a body."""
    area = step.area(area)
    pairs = _pairs(before, after)
    for name, media in before.items():
        if name not in pairs:
            at = below(old, "content", name)
            yield step.change(f"{area.side.value}-media-type-removed", f"the media type {name} is gone", at, new)
            continue
        if _is_range(pairs[name]) and not _is_range(name):
            said = f"the media type {name} became {pairs[name]}"
            yield step.change(f"{area.side.value}-media-type-generalized", said, media.site, after[pairs[name]].site)
        yield from _same_type(step, name, media, after[pairs[name]], area)
    for name in after.keys() - set(pairs.values()):
        said = f"the media type {name} is new"
        yield step.change(f"{area.side.value}-media-type-added", said, old, below(new, "content", name))


def _pairs(before: Mapping[str, Media], after: Mapping[str, Media]) -> dict[str, str]:
    """Return the media type after that stands for each before: the same, with other parameters, or a range of it."""
    found = {name: name for name in before if name in after}
    for fits in (lambda a, b: _bare(a) == _bare(b), _within):
        for name in before:
            other = next((each for each in after if fits(name, each)), None)
            if name not in found and other is not None:
                found[name] = other
    return found


def _bare(name: str) -> str:
    return name.partition(";")[0].strip()


def _within(name: str, other: str) -> bool:
    kind, _, rest = _bare(other).partition("/")
    return other == "*/*" or (rest == "*" and _bare(name).startswith(kind + "/"))


def _is_range(name: str) -> bool:
    return _bare(name).endswith("/*")


def _same_type(step: Step, name: str, old: Media, new: Media, area: Area) -> Iterator[Change | Root]:
    if not _bare(name).endswith(LIKE_JSON):
        area = area._replace(textual=True)  # as in a form: a number is written as a text
    side = area.side.value
    if old.schema and new.schema:
        yield Root(old.schema, new.schema, area)
    elif old.schema or new.schema:
        aspect = "freed" if old.schema else "constrained"
        yield step.change(
            f"{side}-body-{aspect}", f"{name}: the schema is {'gone' if old.schema else 'set'}", old.site, new.site
        )
    for field in old.encoding.keys() & new.encoding.keys():
        for word in WRITTEN:
            was, now = (
                e[field].get(word) if isinstance(e[field], dict) else None for e in (old.encoding, new.encoding)
            )
            if was != now:
                said = f"{field!r} is written with {word} {short(now)}, and was with {short(was)}"
                places = below(old.site, "encoding", field), below(new.site, "encoding", field)
                yield step.change(f"{side}-encoding-changed", said, *places)
