"""The guardrails that a plan may call: the packaged ones, and those of other installed packages."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from pytest_coordguard.domain.guardrail import ATTRIBUTE, Guardrail
from pytest_coordguard.domain.signature import CheckSignature, signature_of

PACKAGE = "pytest_coordguard.guardrails"
GROUP = "coordguard.guardrails"  # entry points of other packages; each names a module


class SuiteError(ImportError):
    """A module of guardrails cannot be used; the message names its distribution and entry point."""


@dataclass(frozen=True, slots=True)
class SuiteEntry:
    """One check, its module, and what a plan may tell it."""

    guardrail: Guardrail
    module: ModuleType
    signature: CheckSignature


@cache
def suite() -> dict[str, SuiteEntry]:
    """Return all checks by name.

    Raises:
        SuiteError: a module cannot be imported, or two guardrails have one check name.

    """
    found: dict[str, SuiteEntry] = {}
    for module in (*_packaged(), *_of_others()):
        for guardrail in guardrails_of(module):
            if guardrail.check in found:
                other = found[guardrail.check].module.__name__
                raise SuiteError(f"{guardrail.check!r} is a guardrail of {other} and of {module.__name__}; rename one")
            found[guardrail.check] = SuiteEntry(guardrail, module, signature_of(guardrail.function))
    return found


def guardrails_of(module: ModuleType) -> Iterator[Guardrail]:
    """Yield the guardrails that a module defines, in the order of its text."""
    for value in vars(module).values():
        described = getattr(value, ATTRIBUTE, None)
        if isinstance(described, Guardrail) and described.function.__module__ == module.__name__:
            yield described


def _packaged() -> Iterator[ModuleType]:
    package = import_module(PACKAGE)
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if found.name.startswith("test_"):
            yield import_module(f"{PACKAGE}.{found.name}")


def _of_others() -> Iterator[ModuleType]:
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        yield _loaded(point)


def _loaded(point: EntryPoint) -> ModuleType:
    try:
        module = point.load()
    except Exception as error:
        owner = point.dist.name if point.dist else "an unknown distribution"
        raise SuiteError(f"{owner}: entry point {point.name} = {point.value} cannot be imported: {error}") from error
    if not isinstance(module, ModuleType):
        raise SuiteError(f"entry point {point.name} = {point.value} names no module")
    return module
