"""A file's bytes in, the credentials in it out: place and family, and the value for a keyed digest alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pytest_coordguard.facts.secrets.engine import Candidate, candidates
from pytest_coordguard.facts.secrets.judge import is_secret

# From the surest to the vaguest; a rule that is not here says most.
_GENERIC = (
    "prefixed-token",
    "authorization-header",
    "named-value",
    "bare-line",
    "bare-value",
    "connection-string",
    "header-value",
    "bearer-value",
)
_JOINED = re.compile(r"""(["'])([^"'\n]*)\1(?:[ \t]*(?:\+|\\\n)?\s*(["'])([^"'\n]*)\3)+""")
_LISTED = re.compile(r"""["']["']\.join\(\s*[\[(][^\])]*[\])]\s*\)?""")
_PIECES = {"split-literal": _JOINED, "joined-literal": _LISTED}
_PIECE = re.compile(r"""["']([^"'\n]*)["']""")
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """A credential in a file. The value serves the baseline's digest and is never shown."""

    line: int  # 1-based
    family: str  # the id of the rule that found it
    value: str = field(repr=False)


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are no text: a zero byte within the first 8 KiB, as git decides, and no UTF-16 mark."""
    return b"\0" in data[:8192] and data[:2] not in BOMS


def secrets_in(path: str, data: bytes) -> list[Secret]:
    """Return the credentials in a file, each once, by line.

    Raises:
        CannotJudge: the engine is missing or fails on this file.

    """
    if encoding := BOMS.get(data[:2]):
        data = data.decode(encoding, "replace").encode()
    found = candidates(path, data)
    sure = [one for one in found if is_secret(one)]
    sure += [one for split in found if split.rule in _PIECES for one in _rejoined(path, data, split)]
    return sorted(Secret(one.line, one.rule, one.value) for one in _without_overlaps(sure))


def _rejoined(path: str, data: bytes, split: Candidate) -> list[Candidate]:
    """Look again at a literal that was written in pieces, as one piece under its name."""
    start = data.rfind(b"\n", 0, split.start) + 1
    text = data[start : split.end + 400].decode("utf-8", "replace")
    match = _PIECES[split.rule].search(text)
    if not match:
        return []
    whole = "".join(_PIECE.findall(match[0]))
    again = f'{text[: match.start()]}"{whole}"\n'.encode()
    return [
        Candidate(one.rule, one.ours, one.value, split.start, split.end, split.line, one.before, one.after, path)
        for one in candidates(path, again)
        if is_secret(one)
    ]


def _vagueness(found: Candidate) -> tuple[bool, int, str]:
    return found.ours, _GENERIC.index(found.rule) if found.rule in _GENERIC else -1, found.rule


def _without_overlaps(found: list[Candidate]) -> list[Candidate]:
    """Keep one of those that share bytes: the one whose rule says most."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (c.start, c.end)):
        if kept and one.start < kept[-1].end:
            kept[-1] = min(kept[-1], one, key=_vagueness)
        else:
            kept.append(one)
    return kept
