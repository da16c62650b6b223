"""How many lines a change adds and removes, as git counts them, for texts that are in memory."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge

COUNT = re.compile(rb"(\d+|-)\t(\d+|-)\t")
SECONDS = 120  # for one git diff; one of 25,000 files takes two


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file that are new and that are gone; of a file that is no text, neither is known."""

    added: int
    removed: int
    text: bool = True


def line_counts(pairs: Sequence[tuple[bytes, bytes]], *, blanks: bool = True) -> list[Lines]:
    """Return the counts of each pair of old and new content.

    Without `blanks`, lines that differ in white space alone, and blank ones, are neither new nor gone.

    Raises:
        CannotJudge: git is missing, or fails.

    """
    found = [Lines(0, 0)] * len(pairs)
    with tempfile.TemporaryDirectory(prefix="coordguard-lines-") as name:
        folder = Path(name)
        for side, content in enumerate(zip(*pairs, strict=True)):
            (folder / str(side)).mkdir()
            for number, data in enumerate(content):
                (folder / str(side) / f"{number:06}").write_bytes(data)
        for number, lines in _numstat(folder, blanks=blanks) if pairs else ():
            found[number] = lines
    return found


def _numstat(folder: Path, *, blanks: bool) -> list[tuple[int, Lines]]:
    options = [] if blanks else ["--ignore-all-space", "--ignore-blank-lines"]
    settings = ("-c", "diff.algorithm=myers", "-c", "core.attributesFile=/dev/null", "-c", "core.safecrlf=false")
    compare = ("diff", "--no-index", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    try:
        done = subprocess.run(
            ["git", *settings, *compare, *options, "--", "0", "1"],
            cwd=folder,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(f"git cannot count the lines of the change ({error})") from error
    if done.returncode not in (0, 1):
        raise CannotJudge(
            f"git cannot count the lines of the change ({done.stderr.decode('utf-8', 'replace').strip()})"
        )
    return list(_read(done.stdout.split(b"\0")))


def _read(fields: Sequence[bytes]) -> list[tuple[int, Lines]]:
    """Return the counts by number of file: `-z` gives `added TAB removed TAB`, then both names."""
    found = []
    for at, field in enumerate(fields):
        if match := COUNT.match(field):
            name = field[match.end() :] or fields[at + 1]
            text = match[1] != b"-"
            lines = Lines(int(match[1]), int(match[2])) if text else Lines(0, 0, text=False)
            found.append((int(name.rpartition(b"/")[2]), lines))
    return found
