"""What makes a pull request critical: paths, labels, its task. Each may add the requirement; none takes it away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pytest_coordguard.domain.globs import glob_expression
from pytest_coordguard.domain.pull_request import PullFile

LABELS = ("critical", "critical-review", "needs-coordinator")  # whoever sets one asks for more, and never for less
NAMED = 5  # files of one reason


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the reviewer is needed."""

    text: str
    path: str = ""  # a file that stands for it


def named_by(path: str, patterns: Iterable[str]) -> str | None:
    """Return the first of these patterns that names a path: the file, a folder above it, or a glob.

    Patterns are anchored at the root: `matriz/` names nothing in `tests/matriz/`. Letter case does not count: one
    file system in two has none, and `MATRIZ/` was let in beside `matriz/` where it did.
    """
    folded = path.casefold()
    for pattern in patterns:
        tidy = PurePosixPath(pattern.casefold()).as_posix()
        if tidy == "." or glob_expression(tidy).match(folded):
            return pattern
    return None


def touched_paths(files: Sequence[PullFile], patterns: Sequence[str], what: str) -> tuple[Reason, ...]:
    """Return a reason for each pattern below which a pull request touches files, by either side of a rename."""
    by_pattern: dict[str, list[str]] = {}
    for file in files:
        for name in file.names:
            pattern = named_by(name, patterns)
            if pattern is not None:
                by_pattern.setdefault(pattern, []).append(name)
    return tuple(_reason(pattern, names, what) for pattern, names in by_pattern.items())


def _reason(pattern: str, names: Sequence[str], what: str) -> Reason:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    spelled = names[0].casefold().startswith(pattern.casefold()) and not names[0].startswith(pattern)
    other_case = f", written with other letter case than {pattern!r}" if spelled else ""
    return Reason(f"touches {what} {pattern}: {', '.join(sorted(names)[:NAMED])}{more}{other_case}", min(names))


def labelled(labels: Sequence[str]) -> tuple[Reason, ...]:
    """Return a reason for each label that asks for the reviewer."""
    return tuple(Reason(f"has the label {label!r}") for label in labels if label.strip().casefold() in LABELS)
