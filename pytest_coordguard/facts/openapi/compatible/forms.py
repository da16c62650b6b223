"""A schema in one form, whatever its spelling: dialect, `$ref`, `allOf`, unions of one, `nullable`, `const`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from pytest_coordguard.facts.openapi.compatible.nodes import Key, Node, joined
from pytest_coordguard.facts.openapi.compatible.spelling import NULL, Union, branches_of, read_union
from pytest_coordguard.facts.openapi.compatible.values import Listed, common, listed, type_of
from pytest_coordguard.facts.openapi.description import Description, Site

TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
TELLING = {  # keywords that say which type is meant where none is named: a common omission, and no other value is meant
    "object": ("properties", "additionalProperties", "required", "patternProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
}


class Held(NamedTuple):
    """A keyword's value, and the object that says it."""

    value: Any
    site: Site


class Form:
    """All that a node's objects say, keyword by keyword."""

    def __init__(self, node: Node, forms: Forms) -> None:
        self.node = node
        self.forms = forms
        self.held: dict[str, list[Held]] = defaultdict(list)
        self.unions: list[Union] = []
        self.never = False  # the schema `false`
        self.dead: list[str] = []  # references that lead nowhere known
        self.members: list[str] = []  # what the members of `allOf` refer to
        self._nulls: list[bool] = []  # whether each object lets null through
        self._asked = False
        self._gather(node)

    def all(self, keyword: str) -> list[Any]:
        """Return each value that the objects give a keyword."""
        return [held.value for held in self.held.get(keyword, ())]

    def one(self, keyword: str) -> object:
        """Return a keyword's value, that of the outermost object if there are several; None when no one has it."""
        return next(iter(self.all(keyword)), None)

    def spot(self, keyword: str = "") -> Site:
        """Return where a keyword stands; the schema itself where it does not."""
        for site in (held.site for held in self.held.get(keyword, ())):
            return site._replace(place=(site.place, keyword))
        return self.node.home

    def schema(self, keyword: str) -> Node | None:
        """Return the schema that a keyword holds; None without one."""
        found = [self.forms.node(held.site, held.value, keyword) for held in self.held.get(keyword, ())]
        usable = [node for node in found if isinstance(node.home.value, (dict, bool))]
        return joined(usable) if usable else None

    def named(self, keyword: str) -> dict[str, Node]:
        """Return the schemas that a keyword holds by name."""
        found: dict[str, list[Node]] = defaultdict(list)
        for held in self.held.get(keyword, ()):
            for name, value in held.value.items() if isinstance(held.value, dict) else ():
                found[name].append(self.forms.node(held.site, value, keyword, name))
        return {name: joined(nodes) for name, nodes in found.items()}

    def numbered(self, keyword: str) -> list[Node]:
        """Return the schemas that a keyword holds in a row."""
        for held in self.held.get(keyword, ()):
            if isinstance(held.value, list):
                return [self.forms.node(held.site, v, keyword, str(i)) for i, v in enumerate(held.value)]
        return []

    @cached_property
    def types(self) -> frozenset[str] | None:
        """The types that are named, or meant; None for any. Null is not among them."""
        found: frozenset[str] | None = None
        for value in self.all("type"):
            names = {"string" if name == "file" else name for name in listed(value)} - {"null"}
            found = common(found, frozenset(names))
        if found is not None:
            return found - {"integer"} if "number" in found else found
        if self.enum is not None:
            return frozenset(type_of(value) for value in self.enum.values())
        return next((frozenset({name}) for name, words in TELLING.items() if any(w in self.held for w in words)), None)

    @cached_property
    def enum(self) -> Listed | None:
        """The values that are listed, null left out, by their JSON text; None when any value will do."""
        found: Listed | None = None
        for value in (*self.all("enum"), *([value] for value in self.all("const"))):
            values = Listed.of(value)
            found = values if found is None else found.meet(values)
        return None if found is None or found.is_all_booleans() else found

    @property
    def null(self) -> bool:
        """Whether null is a valid value."""
        if self._asked or self.never:
            return False
        self._asked = True  # a union may come back to this very schema
        try:
            through = all(union.null or any(self.forms.form(b).null for b in union.branches) for union in self.unions)
            return through and all(self._nulls)
        finally:
            self._asked = False

    def flag(self, keyword: str) -> bool:
        """Tell whether a keyword is true."""
        return any(value is True for value in self.all(keyword))

    def _gather(self, node: Node) -> None:
        todo = [(site, node.null) for site in reversed(node.sites)]
        seen: set[int] = set()
        while todo:
            site, null = todo.pop()
            if site.value is False:
                self.never = True
            if not isinstance(site.value, dict) or id(site.value) in seen:
                continue
            seen.add(id(site.value))
            site = self.forms.description.entered(site)
            more = [(each, null) for each in self._absorb(site, null=null)]
            todo += reversed(more)

    def _absorb(self, site: Site, *, null: bool) -> Iterator[Site]:
        """Take in what an object says, and yield the objects that hold beside it."""
        description = self.forms.description
        if description.reference_of(site) is not None:
            target = description.target(site)
            if target is None:
                self.dead.append(site.value["$ref"])
            else:
                yield target
            if not description.modern:
                return  # siblings of $ref are ignored (OAS 3.0.4, "Reference Object")
        for keyword, value in site.value.items():
            if keyword == "allOf":
                branches = branches_of(site, keyword)
                self.members += [branch.reference for branch in branches if branch.reference]
                yield from (branch.home for branch in branches)
            elif keyword in ("anyOf", "oneOf"):
                yield from self._absorb_union(read_union(site, keyword), null=null)
            elif keyword != "$ref":
                self.held[keyword].append(Held(value, site))
        self._nulls.append(null or self._lets_null_through(site.value))

    def _absorb_union(self, union: Union | None, *, null: bool) -> Iterator[Site]:
        if union is None:
            return
        if union.said is not None:
            self.held[union.said[0]].append(Held(union.said[1], union.site))
            self._nulls.append(null or union.null or (NULL if union.said[0] == "type" else None) in union.said[1])
        elif len(union.branches) == 1 and not union.null:
            yield from union.branches[0].sites
        elif len(union.branches) == 1:
            inner = Form(Node(union.branches[0].sites, null=True), self.forms)
            for keyword, held in inner.held.items():
                self.held[keyword] += held
            self.unions += inner.unions
            self._nulls += inner._nulls
            self.dead += inner.dead
        else:
            self.unions.append(union._replace(null=union.null or null))

    def _lets_null_through(self, value: dict[str, Any]) -> bool:
        if not self.forms.description.modern and (value.get("nullable") is True or value.get("x-nullable") is True):
            return True  # with `type`; many leave null out of the `enum` beside it
        if "enum" in value and isinstance(value["enum"], list):
            return None in value["enum"] and self._type_lets_null(value)
        return value["const"] is None if "const" in value else self._type_lets_null(value)

    def _type_lets_null(self, value: dict[str, Any]) -> bool:
        types = listed(value.get("type"))
        if types or self.forms.description.modern:
            return not types or NULL in types
        return not any(word in value for words in TELLING.values() for word in words) and "enum" not in value


class Forms:
    """The schemas of one description, each brought into its form once."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.homes: dict[int, Site] = {}  # where objects stand that were put into another one for comparing
        self._met: dict[Key, Form] = {}
        self._kept: list[Node] = []  # a node's identity is that of its objects: they must live as long

    def form(self, node: Node) -> Form:
        """Return a node's form."""
        form = self._met.get(node.key)
        if form is None:
            form = self._met[node.key] = Form(node, self)
            self._kept.append(node)
        return form

    def node(self, site: Site, value: object, *steps: str) -> Node:
        """Return the node of a schema that stands some steps below a site."""
        home = self.homes.get(id(value))
        if home is not None:
            return Node((home,))
        place = site.place
        for step in steps:
            place = (place, step)
        return Node((Site("schema", value, place, site.resource),))
