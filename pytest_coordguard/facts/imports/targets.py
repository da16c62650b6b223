"""The forbidden packages, and whether a reference means one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_coordguard.facts.imports.references import Reference

HOLE = "\0"  # stands in a text for what is known at run time alone
PATHS = ("path", "link")  # the kinds of reference whose name is a path


@dataclass(frozen=True, slots=True)
class Targets:
    """What must not be imported: names, and the places in the repository that these names mean."""

    names: tuple[str, ...]  # dotted, as an import writes them
    places: tuple[str, ...]  # paths relative to the root, without suffix

    def named(self, name: str) -> bool:
        """Tell whether a dotted name is a forbidden package or lies in one. Upper and lower case differ."""
        return any(name == target or name.startswith(target + ".") for target in self.names)

    def placed(self, path: str) -> bool:
        """Tell whether a path of the repository (with or without suffix) is a forbidden one or lies below one."""
        return any(path == p or path.startswith((p + "/", p + ".py")) for p in self.places)

    def spelled(self, text: str) -> bool:
        """Tell whether a text leads to a forbidden place as a path, whatever stands before: `HOLE/candidate/x.py`."""
        parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".", "..", HOLE)]
        joined = "/".join(parts)
        return any(joined == p or joined.startswith((p + "/", p + ".py")) for p in self.places)

    def meant(self, reference: Reference) -> str:
        """Return the forbidden name that a reference means, "" when it means none."""
        if reference.kind in PATHS:
            return reference.name.replace(HOLE, "…") if self.spelled(reference.name) else ""
        if reference.place or reference.name.startswith("."):
            return self._relative(reference)
        if self.named(reference.name):
            return reference.name
        return next((n for m in reference.members if self.named(n := f"{reference.name}.{m}")), "")

    def _relative(self, reference: Reference) -> str:
        spellings = (reference.place, *(f"{reference.place}/{m}".lstrip("/") for m in reference.members))
        return next((path.replace("/", ".") for path in spellings if self.placed(path)), "")

    @property
    def words(self) -> re.Pattern[bytes]:
        """An expression that finds every file whose bytes could name a target."""
        last = {re.escape(name.rpartition(".")[2]).encode() for name in (*self.names, *map(_dotted, self.places))}
        return re.compile(b"|".join(sorted(last)) or b"(?!)")


def _dotted(path: str) -> str:
    return path.replace("/", ".")
