"""Acceptance criteria that run.

Nothing is imported until it is asked for: this module is loaded by every pytest run of an environment that
has the plugin installed.

PYTEST_DONT_REWRITE: see `plugin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PUBLIC = {
    "CannotJudge": "domain.finding",
    "CannotPlant": "domain.guardrail",
    "Change": "facts.change",
    "Changes": "domain.guardrail",
    "Evidence": "domain.evidence",
    "Finding": "domain.finding",
    "RepoFile": "domain.parameters",
    "RepoPath": "domain.parameters",
    "Repository": "facts.repository",
    "Seconds": "domain.parameters",
    "Unmet": "domain.finding",
    "Vacuous": "domain.finding",
    "guardrail": "domain.guardrail",
    "require_none": "domain.finding",
    "violation": "domain.guardrail",
}

if TYPE_CHECKING:
    from pytest_coordguard.domain.evidence import Evidence as Evidence
    from pytest_coordguard.domain.finding import CannotJudge as CannotJudge
    from pytest_coordguard.domain.finding import Finding as Finding
    from pytest_coordguard.domain.finding import Unmet as Unmet
    from pytest_coordguard.domain.finding import Vacuous as Vacuous
    from pytest_coordguard.domain.finding import require_none as require_none
    from pytest_coordguard.domain.guardrail import CannotPlant as CannotPlant
    from pytest_coordguard.domain.guardrail import Changes as Changes
    from pytest_coordguard.domain.guardrail import guardrail as guardrail
    from pytest_coordguard.domain.guardrail import violation as violation
    from pytest_coordguard.domain.parameters import RepoFile as RepoFile
    from pytest_coordguard.domain.parameters import RepoPath as RepoPath
    from pytest_coordguard.domain.parameters import Seconds as Seconds
    from pytest_coordguard.facts.change import Change as Change
    from pytest_coordguard.facts.repository import Repository as Repository


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
