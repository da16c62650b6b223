"""A keyword that holds one schema: absent and true allow all, false allows nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node


def sole(name: str, what: str) -> Aspects:
    """Return the rules of such a keyword."""
    return {
        f"{name}-refused": (Effect.NARROWS, f"{what}: none is allowed any more"),
        f"{name}-admitted": (Effect.WIDENS, f"{what}: some are allowed where none was"),
        f"{name}-constrained": (Effect.NARROWS, f"{what}: must meet a schema"),
        f"{name}-freed": (Effect.WIDENS, f"{what}: need not meet a schema any more"),
    }


def compare_sole(at: Facing, keyword: str, name: str) -> Iterator[Change | Link]:
    """Yield what became of such a keyword."""
    before, after = limiting(at.before, keyword), limiting(at.after, keyword)
    if before is None and after is None:
        return
    if before is None or after is None:
        refused = (before or after or at.before.node).home.value is False
        aspect = ("refused" if refused else "constrained") if after else ("admitted" if refused else "freed")
        yield at.change(f"{name}-{aspect}", keyword, f"{keyword} is {'set' if after else 'gone'}")
    elif (before.home.value is False) != (after.home.value is False):
        aspect = "refused" if after.home.value is False else "admitted"
        yield at.change(f"{name}-{aspect}", keyword, f"{keyword} is {'' if aspect == 'refused' else 'not '}false")
    elif before.home.value is not False:
        yield Link(before, after)


def limiting(form: Form, keyword: str) -> Node | None:
    """Return the schema that a keyword holds, if it refuses anything; None where it is absent, true or empty."""
    node = form.schema(keyword)
    return None if node is None or all(site.value in (True, {}) for site in node.sites) else node
