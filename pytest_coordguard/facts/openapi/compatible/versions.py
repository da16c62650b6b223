"""What the step between two descriptions asks of `info.version`, and what it says (semver.org, 2.0.0)."""

from __future__ import annotations

import re

from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.description import Description

VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?")
STEPS = ("major", "minor", "patch")


def asked_for(worst: Level) -> str:
    """Return the step that a change asks for, by the level of the worst difference."""
    return "major" if worst is Level.ERROR else "minor" if worst is not Level.NONE else "patch"


def stated(before: str, after: str) -> str:
    """Return the step between two versions, "none" where they are equal; "" where one is no such version or smaller."""
    old, new = (
        tuple(map(int, match.groups("0"))) if (match := VERSION.fullmatch(text)) else None for text in (before, after)
    )
    if old is None or new is None or new < old:
        return ""
    return next((step for step, was, now in zip(STEPS, old, new, strict=True) if was != now), "none")


def version_of(description: Description) -> str:
    """Return `info.version`; "" without one."""
    info = description.root.value.get("info")
    return str(info.get("version", "")) if isinstance(info, dict) else ""


def hint(before: Description, after: Description, worst: Level) -> str:
    """Return in a sentence what the change asks of the version, and what was done."""
    old, new = version_of(before), version_of(after)
    asked, said = asked_for(worst), stated(old, new)
    if not said:
        return (
            f"the change asks for a {asked} step; info.version went from {old!r} to {new!r}, which is no step upwards"
        )
    first = STEPS[int(re.match(r"v?0\.", old) is not None)]  # 0.y.z: anything may change with a minor step
    enough = said != "none" and STEPS.index(said) <= max(STEPS.index(asked), STEPS.index(first))
    verdict = "enough" if enough else "too little"
    return f"the change asks for a {asked} step; info.version went from {old} to {new} ({said}), which is {verdict}"
