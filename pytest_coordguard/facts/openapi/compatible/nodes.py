"""A schema as one node: the objects that hold together for one value, however they are spelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pytest_coordguard.facts.openapi.description import Site

Key = tuple[object, ...]


@dataclass(frozen=True)
class Node:
    """Schema Objects that a value must meet all at once; `null`: or it is null."""

    sites: tuple[Site, ...]
    null: bool = False

    @cached_property
    def key(self) -> Key:
        """The node's identity: the objects themselves, so that a recursive schema is met again."""
        return (*map(_identity, self.sites), self.null)

    @property
    def home(self) -> Site:
        return self.sites[0]

    @property
    def reference(self) -> str | None:
        """The text of the `$ref` that the node is, if it is nothing else."""
        if len(self.sites) > 1 or not isinstance(self.home.value, dict):
            return None
        reference = self.home.value.get("$ref")
        return reference if isinstance(reference, str) else None


def _identity(site: Site) -> object:
    return site.value if isinstance(site.value, bool) else id(site.value)


def joined(nodes: Iterable[Node]) -> Node:
    """Return the node of a value that must meet all of these."""
    found = tuple(nodes)
    return found[0] if len(found) == 1 else Node(tuple(site for node in found for site in node.sites))
