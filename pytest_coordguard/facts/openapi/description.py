"""A description: every object of a document and of the files it refers to, by kind, and its references looked up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from pytest_coordguard.facts.openapi.kinds import (
    EVERY,
    KINDS_2,
    KINDS_3,
    MAY_BE_REFERENCE_2,
    MAY_BE_REFERENCE_3,
    Shape,
)
from pytest_coordguard.facts.openapi.places import Place
from pytest_coordguard.facts.openapi.references import Dangling, Library, Remote, Resource, joined

FURTHEST = 100  # references in a row; longer is a cycle


class Site(NamedTuple):
    """An object of a known kind, where it stands."""

    kind: str
    value: Any
    place: Place
    resource: Resource


class Fault(NamedTuple):
    """A rule that an object breaks. Its line is looked up once all faults are known."""

    site: Site
    message: str
    rule: str


class Description:
    """What a document says, with the references in it looked up but not written out: schemas are recursive."""

    def __init__(self, library: Library, root: Resource, version: str) -> None:
        """Walk the document `root`; `version` is "2.0", "3.0", "3.1" or "3.2"."""
        self.library = library
        self.version = version
        self.root = Site("document", root.root, None, root)
        self.kinds = KINDS_2 if version == "2.0" else KINDS_3
        self.may_be_reference = MAY_BE_REFERENCE_2 if version == "2.0" else MAY_BE_REFERENCE_3
        self.modern = version not in ("2.0", "3.0")  # Schema Objects are JSON Schemas: siblings of $ref, $id, $anchor
        self.sites: dict[str, list[Site]] = defaultdict(list)
        self.references: list[Site] = []
        self.foreign: list[Site] = []  # objects reached by reference alone: the document's own schema does not see them
        self.remote: set[str] = set()
        self.kinds_met: dict[int, set[str]] = defaultdict(set)  # by the id of an object
        self.faults: list[Fault] = []
        if self.modern and isinstance(root.root.get("$self"), str):
            root.base = joined(root.base, root.root["$self"])
            library.resources.setdefault(root.base, root)
        self._walk(self.root)
        self._look_up()

    def follow(self, site: Site) -> Site | None:
        """Return the object that a reference leads to in the end, or the site itself; None when it leads nowhere."""
        for _ in range(FURTHEST):
            reference = self.reference_of(site)
            if reference is None:
                return site if isinstance(site.value, dict) else None
            try:
                site = Site(site.kind, *self.library.resolve(site.resource, reference))
            except (Dangling, Remote):
                return None
        return None

    def reference_of(self, site: Site) -> str | None:
        """Return the `$ref` of an object that may be a reference and is one."""
        if site.kind not in self.may_be_reference or not isinstance(site.value, dict):
            return None
        reference = site.value.get("$ref")
        return reference if isinstance(reference, str) else None

    def target(self, site: Site) -> Site | None:
        """Return what the reference that a site is leads to, one step on; None when that is nowhere known."""
        reference = self.reference_of(site)
        if reference is None:
            return None
        try:
            return Site(site.kind, *self.library.resolve(self._resource_of(site), reference))
        except (Dangling, Remote):
            return None

    def entered(self, site: Site) -> Site:
        """Return a schema's site as what it holds sees it: relative to its own `$id`, if it has one."""
        return self._in_its_resource(site) if self.modern and isinstance(site.value, dict) else site

    def children(self, site: Site, field: str) -> Iterator[tuple[str, Site]]:
        """Yield name and site of each object in a field of an object; references stay references."""
        shape, kind = self.kinds[site.kind][field]
        value = site.value.get(field)
        for name, child, place in _objects(shape, value, (site.place, field)):
            yield name, Site(kind, child, place, site.resource)

    def _walk(self, first: Site) -> None:
        todo = [first]
        while todo:
            site = todo.pop()
            kind, value, _, _ = site
            if not isinstance(value, dict) or kind in self.kinds_met[id(value)]:
                continue
            self.kinds_met[id(value)].add(kind)
            if self.reference_of(site) is not None:
                self.references.append(site)
                if kind != "path item" and not (kind == "schema" and self.modern):
                    continue  # siblings of $ref are ignored
            if kind == "schema" and self.modern:
                site = self._in_its_resource(site)
            self.sites[kind].append(site)
            todo += self._below(site)

    def _below(self, site: Site) -> Iterator[Site]:
        kind, value, place, resource = site
        fields = self.kinds[kind]
        every = fields.get(EVERY)
        for name, child in value.items():
            held = fields.get(name) or (every if every and not name.startswith("x-") else None)
            if held is None or not isinstance(child, (dict, list)):
                continue
            shape, child_kind = held
            if shape is Shape.MAP or shape is Shape.FIELDS:
                self.kinds_met[id(child)].add(f"map of {child_kind}s")
            for _, item, item_place in _objects(shape, child, (place, name)):
                yield Site(child_kind, item, item_place, resource)

    def _in_its_resource(self, site: Site) -> Site:
        """Enter a schema's `$id` and anchors (JSON Schema 2020-12, section 8.2)."""
        kind, value, place, resource = site
        identity = value.get("$id")
        if isinstance(identity, str):
            base = joined(resource.base, identity.partition("#")[0])
            resource = Resource(resource.document, base, value, place)
            self.library.resources.setdefault(base, resource)
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(value.get(keyword), str):
                resource.anchors.setdefault(value[keyword], (value, place))
        return Site(kind, value, place, resource)

    def _look_up(self) -> None:
        done = 0
        while done < len(self.references):  # walking a target may add references
            site = self.references[done]
            done += 1
            resource = self._resource_of(site)
            try:
                target = self.library.resolve(resource, site.value["$ref"])
            except Dangling as why:
                self._fault(site, f"leads nowhere: {why}", "openapi.reference")
            except Remote as where:
                self.remote.add(str(where))
            else:
                self._judge(site, Site(site.kind, *target))

    def _resource_of(self, site: Site) -> Resource:
        """Return the resource that a schema's `$ref` is relative to: its own, where it has an `$id` beside it."""
        if self.modern and site.kind == "schema" and isinstance(site.value.get("$id"), str):
            base = joined(site.resource.base, site.value["$id"].partition("#")[0])
            return self.library.resources.get(base, site.resource)
        return site.resource

    def _judge(self, site: Site, target: Site) -> None:
        if isinstance(target.value, bool) and site.kind == "schema" and self.modern:
            return
        met = self.kinds_met.get(id(target.value))
        if not isinstance(target.value, dict) or (met and site.kind not in met):
            there = _a(min(met)) if met else "no object"
            self._fault(site, f"leads to {there}, and should to {_a(site.kind)}", "openapi.reference-kind")
        elif self._returns(site, target):
            self._fault(site, "leads back to itself", "openapi.reference-cycle")
        elif not met:
            self.foreign.append(target)
            self._walk(target)

    def _returns(self, site: Site, target: Site) -> bool:
        for _ in range(FURTHEST):
            if target.value is site.value:
                return True
            reference = self.reference_of(target)
            if reference is None:
                return False
            try:
                target = Site(site.kind, *self.library.resolve(target.resource, reference))
            except (Dangling, Remote):
                return False
        return False

    def _fault(self, site: Site, message: str, rule: str) -> None:
        here = site._replace(place=(site.place, "$ref"))
        self.faults.append(Fault(here, f"{short(site.value['$ref'])} {message}", rule))


def _objects(shape: Shape, value: object, place: Place) -> Iterator[tuple[str, Any, Place]]:
    """Yield name, value and place of what a field holds. What is not of its shape is the schema's to find."""
    if shape is Shape.ONE and isinstance(value, list):
        shape = Shape.LIST  # JSON Schema's `items`, as Swagger 2.0's own schema allows
    if shape is Shape.ONE:
        yield "", value, place
    elif shape is Shape.LIST and isinstance(value, list):
        for index, item in enumerate(value):
            yield str(index), item, (place, str(index))
    elif shape in (Shape.MAP, Shape.FIELDS) and isinstance(value, dict):
        for name, item in value.items():
            if shape is Shape.MAP or not name.startswith("x-"):
                yield name, item, (place, name)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"


def short(value: object, most: int = 80) -> str:
    """Return a value as a document writes it, texts quoted, cut to `most` characters: messages go into reports."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"
