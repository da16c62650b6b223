"""Security: which credentials are enough, and how the schemes work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.model import Dialect, Operation
from pytest_coordguard.facts.openapi.compatible.step import Step, below
from pytest_coordguard.facts.openapi.compatible.values import as_json, in_words
from pytest_coordguard.facts.openapi.description import Site

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "security-tightened": Rule(ERROR, INFO, "credentials that were enough are not any more"),
    "security-relaxed": Rule(INFO, INFO, "further credentials are enough"),
    "security-scheme-changed": Rule(ERROR, INFO, "credentials are sent in another way"),
    "security-scheme-removed": Rule(INFO, INFO, "a security scheme is not described any more"),
    "security-scheme-added": Rule(INFO, INFO, "a security scheme is described"),
    "security-flow-removed": Rule(ERROR, INFO, "tokens cannot be had in this way any more"),
    "security-flow-added": Rule(INFO, INFO, "tokens can be had in a further way"),
    "security-url-changed": Rule(ERROR, INFO, "tokens are to be had elsewhere"),
    "security-scope-removed": Rule(ERROR, INFO, "a scope cannot be asked for any more"),
    "security-scope-added": Rule(INFO, INFO, "a further scope can be asked for"),
}
TELLING = ("type", "scheme", "in", "openIdConnectUrl")
URLS = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")
Requirement = Mapping[str, frozenset[str]]


def compare_security(step: Step) -> Iterator[Change]:
    """Yield what became of the credentials that an operation asks for: of several, any will do."""
    before = [_renamed(each, step.schemes) for each in step.before.security]
    after = step.after.security
    lost = [each for each in before if not any(_enough(each, other) for other in after)]
    places = _place(step.before, step.old), _place(step.after, step.new)
    if lost:
        said = f"{in_words(map(_written, lost))} is not enough any more; what is: {in_words(map(_written, after))}"
        yield step.change("security-tightened", said, *places)
    elif gained := [each for each in after if not any(_enough(each, other) for other in before)]:
        yield step.change("security-relaxed", f"{in_words(map(_written, gained))} is enough", *places)


def _place(operation: Operation, dialect: Dialect) -> Site:
    """Return where it is said what an operation asks for: there, or for all operations at once."""
    own = "security" in operation.site.value or "security" not in dialect.forms.description.root.value
    return below(operation.site if own else dialect.forms.description.root, "security")


def _renamed(requirement: Requirement, names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {names.get(name, name): scopes for name, scopes in requirement.items()}


def _enough(given: Requirement, asked: Requirement) -> bool:
    return all(name in given and scopes <= given[name] for name, scopes in asked.items())


def _written(requirement: Requirement) -> str:
    if not requirement:
        return "no credential"
    return " with ".join(f"{name}{sorted(scopes) if scopes else ''}" for name, scopes in sorted(requirement.items()))


def renamed_schemes(before: Mapping[str, Site], after: Mapping[str, Site]) -> dict[str, str]:
    """Return the schemes that only have another name: before -> after."""
    new = {as_json(_told(site)): name for name, site in after.items() if name not in before}
    return {
        name: new[text] for name, site in before.items() if name not in after and (text := as_json(_told(site))) in new
    }


def _told(site: Site) -> dict[str, Any]:
    value = site.value if isinstance(site.value, dict) else {}
    return {key: each for key, each in value.items() if key in (*TELLING, "name", "flows")}


def compare_schemes(
    before: Mapping[str, Site], after: Mapping[str, Site], roots: tuple[Site, Site]
) -> Iterator[Change]:
    """Yield what became of the schemes themselves. Which operations ask for one is said there."""
    names = renamed_schemes(before, after)
    for name, old in before.items():
        new = after.get(names.get(name, name))
        if new is None:
            yield Change(
                "security-scheme-removed", f"the scheme {name!r} is gone", old, roots[1]._replace(place=old.place)
            )
        elif isinstance(old.value, dict) and isinstance(new.value, dict):
            yield from _scheme(name, old, new)
    for name, new in after.items():
        if name not in before and name not in names.values():
            yield Change(
                "security-scheme-added", f"the scheme {name!r} is new", roots[0]._replace(place=new.place), new
            )


def _scheme(name: str, old: Site, new: Site) -> Iterator[Change]:
    words = (*TELLING, "name") if old.value.get("type") == "apiKey" else TELLING
    changed = [word for word in words if str(old.value.get(word)).lower() != str(new.value.get(word)).lower()]
    if changed:
        moves = in_words(f"{word} {old.value.get(word)!r} to {new.value.get(word)!r}" for word in changed)
        yield Change("security-scheme-changed", f"the scheme {name!r} went from {moves}", old, new)
    flows = [site.value.get("flows") if isinstance(site.value.get("flows"), dict) else {} for site in (old, new)]
    for flow in {**flows[0], **flows[1]}:
        was, now = flows[0].get(flow), flows[1].get(flow)
        places = below(old, "flows", flow), below(new, "flows", flow)
        if not isinstance(was, dict) or not isinstance(now, dict):
            word = "removed" if isinstance(was, dict) else "added"
            yield Change(f"security-flow-{word}", f"the flow {flow!r} of {name!r} is {word}", *places)
        else:
            yield from _flow(f"{name!r}, {flow}", was, now, *places)


def _flow(name: str, was: dict[str, Any], now: dict[str, Any], old: Site, new: Site) -> Iterator[Change]:
    for word in URLS:
        if word in was and was[word] != now.get(word):
            yield Change(
                "security-url-changed", f"{name}: {word} is {now.get(word)!r}, and was {was[word]!r}", old, new
            )
    scopes = [each.get("scopes") or {} for each in (was, now)]
    for word, names in (
        ("removed", scopes[0].keys() - scopes[1].keys()),
        ("added", scopes[1].keys() - scopes[0].keys()),
    ):
        if names:
            yield Change(f"security-scope-{word}", f"{name}: {word} {in_words(sorted(names))}", old, new)
