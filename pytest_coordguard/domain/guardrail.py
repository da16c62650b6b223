"""What makes a plain function a guardrail, and what plants a fault for it to find."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.wire import Fault

ATTRIBUTE = "__coordguard__"  # where a guardrail function carries its description

Check = TypeVar("Check", bound=Callable[..., None])
Changes = Mapping[str, bytes | None]  # path relative to the root -> new content; None takes the file away
# A fault in the files, between check and service, or in what is known of the pull request or of the work.
Planted = Changes | Fault | PullFacts | Overview | Conflicts
Plant = Callable[..., Planted]


class CannotPlant(Exception):
    """This violation has no place in this repository; the reason is its message."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A fault that its guardrail must find: how to plant it in a scratch view of the repository."""

    name: str  # kebab-case, as "dangling-reference"
    plant: Plant
    blinds: bool = False  # what it plants leaves nothing to look at: the guardrail must say that it is vacuous

    def changes(self, **known: object) -> Planted:
        """Return what plants the fault: `plant` is given what it asks for by name of all that is known.

        Raises:
            CannotPlant: it has no place in this repository.

        """
        return self.plant(**{name: known[name] for name in inspect.signature(self.plant).parameters if name in known})


@dataclass(slots=True)
class Guardrail:
    """One check of the suite, as its decorator described it."""

    check: str  # area.property, as "openapi.valid"
    remedy: str
    function: Callable[..., None]
    violations: list[Violation] = field(default_factory=list)


def guardrail(check: str, *, remedy: str) -> Callable[[Check], Check]:
    """Make a pytest function the guardrail that a plan calls by `check`.

    Its arguments that are no fixtures are the parameters that a plan may give, with their types and defaults.
    The function returns when the criterion holds and raises `AssertionError` (best: `Unmet`) when it does not.
    Any other exception means that the check could not judge.
    """

    def describe(function: Check) -> Check:
        setattr(function, ATTRIBUTE, Guardrail(check, remedy, function))
        return function

    return describe


def violation(of: Callable[..., None], *, blinds: bool = False) -> Callable[[Plant], Plant]:
    """Register a fault that the guardrail `of` must find.

    The decorated function gets by name what it asks for: the guardrail's fixtures, `repo` (the `Repository`) first,
    and the criterion's parameters. It returns the changes of files that plant the fault; where the guardrail has the
    fixture `service` or `monitoring`, a `Fault` between the two; where it has `pull`, another pull request. Its name
    becomes the violation's name. A fault that `blinds` leaves nothing to look at: the guardrail has to raise `Vacuous`,
    where it has to find the others.

    Raises:
        TypeError: `of` is not a guardrail.

    """

    def register(plant: Plant) -> Plant:
        described(of).violations.append(Violation(violation_name(plant.__name__), plant, blinds))
        return plant

    return register


def violation_name(function: str) -> str:
    """Return what a violation is called whose function has this name."""
    return function.strip("_").replace("_", "-")


def described(function: Callable[..., Any]) -> Guardrail:
    """Return the description that `guardrail` left on a function.

    Raises:
        TypeError: it left none.

    """
    found = getattr(function, ATTRIBUTE, None)
    if not isinstance(found, Guardrail):
        raise TypeError(f"{getattr(function, '__name__', function)!r} is no guardrail; decorate it with @guardrail(…)")
    return found
