"""Two descriptions compared: what changed, where on both sides, and which operations it touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_coordguard.facts.openapi.compatible.engine import Schemas
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.forms import Forms
from pytest_coordguard.facts.openapi.compatible.model import Dialect, Operation, items_of, operations_of, shape
from pytest_coordguard.facts.openapi.compatible.openapi3 import OpenApi3
from pytest_coordguard.facts.openapi.compatible.operation.bodies import compare_bodies
from pytest_coordguard.facts.openapi.compatible.operation.lifecycle import compare_lives, removed
from pytest_coordguard.facts.openapi.compatible.operation.naming import compare_names, compare_servers
from pytest_coordguard.facts.openapi.compatible.operation.parameters import compare_parameters
from pytest_coordguard.facts.openapi.compatible.operation.responses import compare_responses
from pytest_coordguard.facts.openapi.compatible.operation.security import (
    compare_schemes,
    compare_security,
    renamed_schemes,
)
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.places import Difference, Differences
from pytest_coordguard.facts.openapi.compatible.step import Root, Step, below
from pytest_coordguard.facts.openapi.compatible.swagger2 import Swagger2
from pytest_coordguard.facts.openapi.compatible.unchanged import Unchanged
from pytest_coordguard.facts.openapi.description import Description, Site

CALLS = "webhooks"


@dataclass(frozen=True, slots=True)
class Compared:
    """What lies between two descriptions, and how much was looked at."""

    differences: tuple[Difference, ...]
    operations: int  # of the base
    schemas: int  # pairs that were looked into; what is the same word for word is not


def compare(before: Description, after: Description, options: Options) -> Compared:
    """Compare two descriptions. Nothing is judged: a profile weighs the rules."""
    comparison = _Comparison(before, after, options)
    comparison.run()
    found = comparison.differences.located()
    return Compared(found, comparison.operations, comparison.schemas.compared)


def _dialect(forms: Forms) -> Dialect:
    return Swagger2(forms) if forms.description.version == "2.0" else OpenApi3(forms)


class _Comparison:
    def __init__(self, before: Description, after: Description, options: Options) -> None:
        self.options = options
        self.unchanged = Unchanged(before, after)
        self.old, self.new = _dialect(Forms(before)), _dialect(Forms(after))
        self.schemas = Schemas(self.old.forms, self.new.forms, options, self.unchanged.references)
        self.schemes = renamed_schemes(self.old.schemes(), self.new.schemes())
        self.differences = Differences()
        self.roots = before.root, after.root
        self.operations = 0

    def run(self) -> None:
        for change in compare_schemes(self.old.schemes(), self.new.schemes(), self.roots):
            self.differences.add(change)
        self._paths()
        self._webhooks()

    def _paths(self) -> None:
        before, after = (dict(items_of(site.forms.description, "paths")) for site in (self.old, self.new))
        shapes = {shape(path): path for path in reversed(after)}
        for path, item in before.items():
            other = path if path in after else shapes.get(shape(path))
            old = list(operations_of(self.old, path, item))
            self.operations += len(old)
            new = list(operations_of(self.new, other, after[other])) if other else []
            if old and not new:
                self._path_removed(path, item, old)
            else:
                self._operations(old, new)
        known = {shape(path) for path in before}
        for path, item in after.items():
            if path not in before and shape(path) not in known:
                for operation in operations_of(self.new, path, item):
                    self._note(
                        operation, Change("operation-added", f"{operation.name} is new", self.roots[0], operation.site)
                    )

    def _path_removed(self, path: str, item: Site, operations: Sequence[Operation]) -> None:
        after = below(self.roots[1], "paths", path)
        fates = [removed(operation.site, self.options) for operation in operations]
        for fate in ("removed", "removed-before-sunset", "removed-deprecated"):
            why = next((why for each, why in fates if each == fate), None)
            if why is not None:
                for operation in operations:
                    self._note(operation, Change(f"path-{fate}", f"the path {path} is gone {why}", item, after))
                return

    def _operations(self, before: list[Operation], after: list[Operation]) -> None:
        new = {operation.method: operation for operation in after}
        for old in before:
            other = new.pop(old.method, None)
            if other is None:
                fate, why = removed(old.site, self.options)
                at = below(self.roots[1], "paths", old.path, old.method)
                self._note(old, Change(f"operation-{fate}", f"{old.name} is gone {why}", old.site, at))
            else:
                self._operation(old, other)
        for operation in new.values():
            self._note(operation, Change("operation-added", f"{operation.name} is new", self.roots[0], operation.site))

    def _operation(self, old: Operation, new: Operation, *, turned: bool = False, name: str = "") -> None:
        step = Step(old, new, self.old, self.new, self.options, turned and self.options.turned, self.schemes)
        pairs = []
        for found in _families(step):
            if isinstance(found, Root):
                pairs.append(self.schemas.pair(*found))
            else:
                self.differences.add(found, name or old.name)
        for pair in self.schemas.closure(pairs):
            for change in pair.changes:
                self.differences.add(change, name or old.name)
        self._callbacks(old, new, name or old.name)

    def _callbacks(self, old: Operation, new: Operation, name: str) -> None:
        if not self.options.turned:
            return
        for key, item in old.callbacks.items():
            other = new.callbacks.get(key)
            if other is None:
                at = below(new.site, "callbacks", *key)
                self.differences.add(
                    Change("callback-removed", f"the callback {key[0]!r} at {key[1]} is gone", item, at), name
                )
            else:
                self._calls(key[1], item, other, f"callback {key[0]} of {name}", "callback")
        for key, item in new.callbacks.items():
            if key not in old.callbacks:
                at = below(old.site, "callbacks", *key)
                self.differences.add(
                    Change("callback-added", f"the callback {key[0]!r} at {key[1]} is new", at, item), name
                )

    def _webhooks(self) -> None:
        before, after = (dict(items_of(site.forms.description, CALLS)) for site in (self.old, self.new))
        for name, item in before.items():
            self.operations += len(list(operations_of(self.old, name, item)))
            if name in after:
                self._calls(name, item, after[name], f"webhook {name}", "webhook")
            else:
                at = below(self.roots[1], CALLS, name)
                self.differences.add(
                    Change("webhook-removed", f"the webhook {name!r} is gone", item, at), f"webhook {name}"
                )
        for name, item in after.items():
            if name not in before:
                at = below(self.roots[0], CALLS, name)
                self.differences.add(
                    Change("webhook-added", f"the webhook {name!r} is new", at, item), f"webhook {name}"
                )

    def _calls(self, path: str, before: Site, after: Site, name: str, kind: str) -> None:
        """Compare what the API sends where a client listens: the sides of the wire change places."""
        new = {operation.method: operation for operation in operations_of(self.new, path, after)}
        for old in operations_of(self.old, path, before):
            other = new.pop(old.method, None)
            if other is None:
                said = f"the {kind} {path} does not come as {old.method.upper()} any more"
                self.differences.add(Change(f"{kind}-removed", said, old.site, below(after, old.method)), name)
            else:
                self._operation(old, other, turned=True, name=name)
        for operation in new.values():
            said = f"the {kind} {path} may come as {operation.method.upper()}"
            self.differences.add(Change(f"{kind}-added", said, before, operation.site), name)

    def _note(self, operation: Operation, change: Change) -> None:
        self.differences.add(change, operation.name)


def _families(step: Step) -> Iterator[Change | Root]:
    yield from compare_lives(step)
    yield from compare_names(step)
    yield from compare_parameters(step)
    yield from compare_bodies(step)
    yield from compare_responses(step)
    if not step.turned:  # who calls a client asks for no credential of the API, and at no server of it
        yield from compare_security(step)
        yield from compare_servers(step)
