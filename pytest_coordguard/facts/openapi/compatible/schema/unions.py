"""Unions: `oneOf` and `anyOf`. A branch is matched by its reference, its title, and what it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.spelling import ANNOTATIONS
from pytest_coordguard.facts.openapi.description import Site

ASPECTS: Aspects = {
    "union-branch-removed": (Effect.NARROWS, "an alternative is gone, and no other one covers it"),
    "union-branch-added": (Effect.WIDENS, "there is an alternative that none of the others covers"),
    "union-branch-merged": (Effect.NONE, "an alternative is gone that another one covers"),
    "union-branch-split": (Effect.NONE, "there is an alternative that another one covers"),
    "union-set": (Effect.NARROWS, "a value must meet one of several schemas"),
    "union-removed": (Effect.WIDENS, "a value need not meet one of several schemas any more"),
    "union-kind-changed": (Effect.NONE, "anyOf became oneOf: a value that meets two of the schemas is not valid now"),
    "union-overlaps": (Effect.NARROWS, "what was valid meets two schemas of a oneOf, of which just one may be met"),
    "wrapped-in-union": (Effect.NONE, "the schema is one of several alternatives now"),
}
BESIDE = {*ANNOTATIONS, "type", "discriminator", "nullable", "x-nullable", "default"}  # may stand beside a union
MOST_TRIALS = 2500  # pairs of branches that are compared to find which covers which


def is_wrapping(before: Form, after: Form) -> bool:
    """Tell whether one side is a plain schema, and the other a union of alternatives and nothing else."""
    return _is_union(before) != _is_union(after) and not (before.unions and after.unions)


def _is_union(form: Form) -> bool:
    return len(form.unions) == 1 and all(word in BESIDE or word.startswith("x-") for word in form.held)


def compare_wrapping(at: Facing) -> Iterator[Change | Link]:
    """Yield what it means that a schema became one of several, or the only one of them."""
    wrapped = bool(at.after.unions)
    (union,) = at.after.unions or at.before.unions
    if at.before.null != at.after.null:
        aspect = "null-allowed" if at.after.null else "null-refused"
        yield at.change(aspect, union.keyword, "null is allowed" if at.after.null else "null is refused")
    if wrapped and union.keyword == "oneOf":
        said = f"the schema is one of {len(union.branches)} alternatives"
        yield _at(at, "wrapped-in-union", said, at.before.spot(), union.site)
    # Null is judged above, for the whole: here each side lets it through.
    form = at.before if wrapped else at.after
    plain = Node(form.node.sites, null=True)
    branches = [Node(branch.sites, null=True) for branch in union.branches]
    if form.types is not None and len(form.types) > 1:
        each = [_of_type(form, name) for name in sorted(form.types)]
        places = (form.spot("type"), union.site) if wrapped else (union.site, form.spot("type"))
        yield from _branches(at, *((each, branches) if wrapped else (branches, each)), *places)
        return
    yield from (_wrapped if wrapped else _unwrapped)(at, plain, branches)


def _of_type(form: Form, name: str) -> Node:
    """Return the values of one type that a schema of several allows: `type: [a, b]` is a union, too."""
    alone = Site("schema", {"type": name}, form.spot("type").place, form.node.home.resource)
    return Node((*form.node.sites, alone), null=True)


def _wrapped(at: Facing, plain: Node, branches: list[Node]) -> Iterator[Change | Link]:
    """The branch nearest to the plain schema is what became of it; each other one is new, unless it was covered."""
    nearest = min(branches, key=lambda branch: at.judge.distance(plain, branch, at.area))
    if not _covered(at, plain, branches):
        yield Link(plain, nearest)
    elif Effect.WIDENS in at.effect(plain, nearest):
        yield _at(at, "union-branch-added", f"the alternative {title(nearest)} is new", plain.home, nearest.home)
    one_of = at.after.unions[0].keyword == "oneOf"
    if one_of and sum(Effect.NARROWS not in at.effect(plain, branch) for branch in branches) > 1:
        yield _at(at, "union-overlaps", "two alternatives allow what was valid", plain.home, nearest.home)
    for branch in branches:
        if branch is not nearest and Effect.WIDENS in at.effect(plain, branch):
            yield _at(at, "union-branch-added", f"the alternative {title(branch)} is new", plain.home, branch.home)


def _unwrapped(at: Facing, plain: Node, branches: list[Node]) -> Iterator[Change | Link]:
    nearest = min(branches, key=lambda branch: at.judge.distance(branch, plain, at.area))
    if not _covering(at, branches, plain):
        yield Link(nearest, plain)
    elif Effect.NARROWS in at.effect(nearest, plain):
        yield _at(at, "union-branch-removed", f"the alternative {title(nearest)} is gone", nearest.home, plain.home)
    for branch in branches:
        if branch is not nearest and Effect.NARROWS in at.effect(branch, plain):
            yield _at(at, "union-branch-removed", f"the alternative {title(branch)} is gone", branch.home, plain.home)


def compare_unions(at: Facing) -> Iterator[Change | Link]:
    """Yield what became of the alternatives."""
    before, after = list(at.before.unions), list(at.after.unions)
    for old in list(before):
        new = next((each for each in after if each.keyword == old.keyword), after[0] if after else None)
        if new is None:
            break
        before.remove(old)
        after.remove(new)
        places = _spot(old.site, old.keyword), _spot(new.site, new.keyword)
        if (old.keyword, new.keyword) == ("anyOf", "oneOf"):
            yield _at(at, "union-kind-changed", "anyOf became oneOf", *places)
        yield from _branches(at, list(old.branches), list(new.branches), *places)
    for union in after:
        said = f"a value must meet one of {len(union.branches)} schemas"
        yield _at(at, "union-set", said, at.before.spot(), _spot(union.site, union.keyword))
    for union in before:
        said = f"a value need not meet one of {len(union.branches)} schemas any more"
        yield _at(at, "union-removed", said, _spot(union.site, union.keyword), at.after.spot())


def _at(at: Facing, aspect: str, said: str, before: Site, after: Site) -> Change:
    return Change(f"{at.area.name}-{aspect}", said, before, after)


def _spot(site: Site, keyword: str) -> Site:
    return site._replace(place=(site.place, keyword))


def _branches(at: Facing, before: list[Node], after: list[Node], old: Site, new: Site) -> Iterator[Change | Link]:
    all_before, all_after = tuple(before), tuple(after)
    yield from _matched(at, before, after)
    trials = len(before) * len(all_after) + len(after) * len(all_before) <= MOST_TRIALS
    lost = [node for node in before if not (trials and _covered(at, node, all_after))]
    come = [node for node in after if not (trials and _covering(at, all_before, node))]
    if len(lost) == len(come) == 1 and len(before) == len(after) == 1:
        yield Link(lost[0], come[0])
        return
    for node in before:
        aspect = "union-branch-removed" if node in lost else "union-branch-merged"
        yield _at(at, aspect, f"the alternative {title(node)} is gone", node.home, new)
    one_of = str(new.place[1] if new.place else "") == "oneOf"
    for node in after:
        if node in come or one_of:
            aspect = "union-branch-added" if node in come else "union-branch-split"
            yield _at(at, aspect, f"the alternative {title(node)} is new", old, node.home)


def _covered(at: Facing, node: Node, others: Sequence[Node]) -> bool:
    return any(Effect.NARROWS not in at.effect(node, other) for other in others)


def _covering(at: Facing, others: Sequence[Node], node: Node) -> bool:
    return any(Effect.WIDENS not in at.effect(other, node) for other in others)


def _matched(at: Facing, before: list[Node], after: list[Node]) -> Iterator[Link]:
    """Take out the branches that belong together, and yield those that may differ all the same."""
    for name_of in (reference_name, _title):
        for node in list(before):
            name = name_of(node)
            same = [other for other in after if name and name_of(other) == name]
            if len(same) == 1:
                before.remove(node)
                after.remove(same[0])
                yield Link(node, same[0])
    for node in list(before) if len(before) * len(after) <= MOST_TRIALS else ():
        equal = next((other for other in after if at.effect(node, other) is Effect.NONE), None)
        if equal is not None:
            before.remove(node)
            after.remove(equal)
            yield Link(node, equal)


def reference_name(node: Node) -> str | None:
    """Return the last step of a branch's `$ref`, which names its component."""
    return node.reference.rpartition("/")[2] if node.reference else None


def _title(node: Node) -> str | None:
    value = node.home.value.get("title") if isinstance(node.home.value, dict) else None
    return value if isinstance(value, str) else None


def title(node: Node) -> str:
    """Return how a message calls a branch."""
    name = reference_name(node) or _title(node)
    return repr(name) if name else f"number {node.home.place[1] if node.home.place else 0}"
