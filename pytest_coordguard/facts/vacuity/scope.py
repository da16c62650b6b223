"""What is known of a name, and of the functions and blocks around a statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Code


@dataclass(slots=True)
class Known:
    """What is known of a name. Levels only rise, so that walking a test again ends."""

    level: Level = Level.FIXED
    dotted: str = ""  # where an import or a fixture got it: `shop.total`
    built_by: str = ""  # the dotted path whose call made it: `shop.Cart`
    code: Code | None = None  # the function or class of this file that it is
    home: Scope | None = None  # where that code was defined
    mock: str = ""  # how it was mocked, in the author's words
    sites: set[int] = field(default_factory=set)  # the statements that bind it


@dataclass(slots=True)
class Scope:
    """The names of one function, class or module."""

    parent: Scope | None = None
    names: dict[str, Known] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)  # declared nonlocal or global
    returns: Level = Level.FIXED
    is_module: bool = False

    def find(self, name: str) -> tuple[Known, Scope] | None:
        """Return the nearest binding and the scope that holds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and not (scope is self and name in self.outer):
                return scope.names[name], scope
            scope = scope.parent
        return None

    def slot(self, name: str) -> Known:
        """Return where a binding of this name goes, made when it is new."""
        if name in self.outer and self.parent is not None and (found := self.parent.find(name)):
            return Known(found[0].level) if found[1].is_module else found[0]
        return self.names.setdefault(name, Known())


@dataclass(frozen=True, slots=True)
class Net:
    """A block that catches what fails inside it."""

    catches_assertions: bool
    catches_errors: bool  # everything below Exception
    catches_all: bool  # everything: pytest.fail's exception as well, which is no Exception
    words: str  # "`except Exception: pass` at line 12"


@dataclass(frozen=True, slots=True)
class Claim:
    """A place that could fail the test, and what it hangs on."""

    line: int
    level: Level
    why: str  # why it cannot fail, for when its level says so
    rank: int = 3  # the lowest of several is told


@dataclass(frozen=True, slots=True)
class Patch:
    """What a `patch(...)`, `monkeypatch.setattr(...)` or `module.name = ...` puts in place of the real thing."""

    keys: frozenset[str]
    level: Level
    words: str
    is_mock: bool  # the thing in its place is a mock, so that what it returns is what the test told it
    injects: bool = False  # as a decorator it hands the mock to the test


@dataclass(slots=True)
class Path:
    """The blocks around the statement that is being read."""

    control: list[Level] = field(default_factory=list)  # of the conditions that it hangs on
    nets: list[Net] = field(default_factory=list)
    patches: dict[str, Patch] = field(default_factory=dict)
    trials: int = 0  # blocks around that something raised in them leaves
    jumped: bool = False  # a return, break or continue before it hung on the repository
    active: list[Code] = field(default_factory=list)  # functions being followed

    @property
    def is_conditional(self) -> bool:
        """Whether it depends on the repository that this point is reached."""
        return self.jumped or any(level >= Level.AMBIENT for level in self.control)
