"""Where a `$ref` leads: in the same file, or in another one of the repository. Never over the network."""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin

from pytest_coordguard.domain.finding import CannotJudge, Finding
from pytest_coordguard.facts.openapi.document import Document, Unreadable, read_document
from pytest_coordguard.facts.openapi.places import Place, read_fragment, step_into
from pytest_coordguard.facts.repository import Repository

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # RFC 3986, section 3.1


class Dangling(Exception):
    """A reference leads nowhere; the message says how far it went."""


class Remote(Exception):
    """A reference leads out to the network, where nothing is looked up."""


@dataclass(slots=True, eq=False)
class Resource:
    """What references are relative to: a document, or a schema with an `$id` of its own."""

    document: Document
    base: str  # a path relative to the repository's root, or an absolute URI
    root: Any
    place: Place = None
    anchors: dict[str, tuple[Any, Place]] = field(default_factory=dict)


class Target(NamedTuple):
    """What a reference leads to."""

    value: Any
    place: Place
    resource: Resource


def joined(base: str, uri: str) -> str:
    """Return a URI reference seen from its base. A path keeps the ".." that lead out of the repository."""
    if SCHEME.match(uri) or not uri:
        return uri or base
    if SCHEME.match(base):
        with suppress(ValueError):  # as "//[a": leads nowhere, and is reported as it stands
            return urljoin(base, uri)
        return uri
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(uri)))


class Library:
    """The documents that a description spans, read once each."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.findings: list[Finding] = []  # what reading the files brought up
        self.resources: dict[str, Resource] = {}  # by path or absolute URI
        self.unreadable: set[str] = set()
        self._met: dict[tuple[int, str], Target | Exception] = {}

    @property
    def documents(self) -> tuple[str, ...]:
        """The paths of the files that were read."""
        return tuple(sorted({resource.document.path for resource in self.resources.values()}))

    def open(self, path: str) -> Resource:
        """Return the resource of a whole file.

        Raises:
            Unreadable: it is neither JSON nor YAML.
            FileNotFoundError, CannotJudge: as `Repository.read`.

        """
        if path not in self.resources:
            document, findings = read_document(path, self.repo.read(path))
            self.findings += findings
            self.resources[path] = Resource(document, path, document.data)
        return self.resources[path]

    def resolve(self, resource: Resource, reference: str) -> Target:
        """Return what a reference in this resource leads to, without following a further one there.

        Raises:
            Dangling: nothing is there.
            Remote: it is not a file.

        """
        key = (id(resource), reference)
        if key not in self._met:
            try:
                self._met[key] = self._resolve(resource, reference)
            except (Dangling, Remote) as error:
                self._met[key] = error
        met = self._met[key]
        if isinstance(met, Exception):
            raise met
        return met

    def _resolve(self, resource: Resource, reference: str) -> Target:
        uri, _, fragment = reference.partition("#")
        home = self._home(resource, uri) if uri else resource
        if fragment and not fragment.startswith("/"):
            return _anchored(home, fragment)
        value, place = home.root, home.place
        for step in read_fragment(fragment):
            try:
                value, place = step_into(value, step), (place, step)
            except LookupError:
                raise Dangling(f"there is no {step[:80]!r} there") from None
        return Target(value, place, home)

    def _home(self, resource: Resource, uri: str) -> Resource:
        absolute = joined(resource.base, uri)
        if absolute in self.resources:
            return self.resources[absolute]
        if SCHEME.match(absolute):
            beside = joined(
                resource.document.path, uri
            )  # an $id or $self says where it is published, not where it lies
            if SCHEME.match(uri) or not self._is_file(beside):
                raise Remote(absolute)
            absolute = beside
        if absolute.startswith(("../", "/")) or absolute == "..":
            raise Dangling("it leads out of the repository")
        return self._file(absolute)

    def _is_file(self, path: str) -> bool:
        with suppress(OSError, ValueError):  # a name too long for the file system, or with a NUL in it
            return self.repo.is_file(path)
        return False

    def _file(self, path: str) -> Resource:
        try:
            if not self._is_file(path):
                raise Dangling(f"there is no file {path[:80]}")
            return self.open(path)
        except CannotJudge as error:
            raise Dangling(str(error)) from error
        except Unreadable as error:
            if path not in self.unreadable:
                self.unreadable.add(path)
                self.findings.append(error.finding)
            raise Dangling(f"{path} cannot be read") from error


def _anchored(home: Resource, name: str) -> Target:
    name = unquote(name)
    met = home.anchors.get(name) or _search_anchor(home, name)
    if met is None:
        raise Dangling(f"there is no $anchor {name[:80]!r}")
    return Target(*met, home)


def _search_anchor(home: Resource, name: str) -> tuple[Any, Place] | None:
    """Look for an anchor in a file that was not walked yet."""
    todo: list[tuple[Any, Place]] = [(home.root, home.place)]
    while todo:
        value, place = todo.pop()
        if isinstance(value, dict):
            if name in (value.get("$anchor"), value.get("$dynamicAnchor")):
                return value, place
            todo += [(child, (place, step)) for step, child in value.items()]
        elif isinstance(value, list):
            todo += [(child, (place, str(index))) for index, child in enumerate(value)]
    return None
