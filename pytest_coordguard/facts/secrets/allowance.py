"""Two ways to say that a value is no secret, each with its reason: a mark on its line, an entry in a baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge, Finding
from pytest_coordguard.facts.secrets.scan import Secret

WORD = b"allow-secret"
# Behind a comment sign, so that a text which merely speaks of the mark is none.
_MARK = re.compile(
    r"(?:#|//|/\*|<!--|--|;)[^\n]*?(?<![`\"'])coordguard:[ \t]*" + WORD.decode() + r"(?:[ \t]*\(([^()\n]*)\))?"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """An inline allowance: on which line, and why; the reason is "" where none is given."""

    line: int  # 1-based
    reason: str


def marks_in(data: bytes) -> list[Mark]:
    """Return the inline allowances of a file, `coordguard: allow-secret (reason)` in a comment."""
    if WORD not in data:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    return [Mark(at, (found[1] or "").strip()) for at, line in enumerate(lines, 1) if (found := _MARK.search(line))]


def apply_marks(path: str, secrets: Sequence[Secret], marks: Sequence[Mark]) -> tuple[list[Secret], list[Finding]]:
    """Return the secrets that no mark with a reason covers, and what is wrong with the marks.

    A mark covers its own line alone; one without a reason covers nothing.
    """
    lines = {secret.line for secret in secrets}
    allowed = {mark.line for mark in marks if mark.reason}
    faults = [Finding(path, mark.line, text, "secrets.allowance") for mark in marks if (text := _fault(mark, lines))]
    return [secret for secret in secrets if secret.line not in allowed], faults


def _fault(mark: Mark, lines: set[int]) -> str:
    if mark.line not in lines:
        return "this allowance silences nothing; take it away"
    return "" if mark.reason else "this allowance gives no reason; write `allow-secret (why this is no secret)`"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a baseline, known by a digest; it may move within its file."""

    path: str
    family: str
    digest: str
    reason: str
    owner: str
    line: int  # of the baseline itself, 1-based; 0 when it cannot be told


@dataclass(frozen=True, slots=True)
class Baseline:
    """The secrets that a repository has accepted, each for a reason that its owner signed."""

    path: str
    salt: str
    entries: tuple[Entry, ...]


def digest(salt: str, path: str, secret: Secret) -> str:
    """Return the keyed digest of a value at a path, 32 hexadecimal digits: equal values in two files differ.

    The salt lies beside it, so it guards against tables and comparison between repositories; a value that can be
    guessed can be found by trying.
    """
    text = f"{path}\0{secret.family}\0{secret.value}".encode()
    return blake2b(text, digest_size=16, key=bytes.fromhex(salt)).hexdigest()


def read_baseline(path: str, text: str) -> Baseline:
    """Return the baseline in a JSON text.

    Raises:
        CannotJudge: it is no JSON, or not of the form that `baseline_text` writes.

    """
    try:
        content = json.loads(text)
        entries = tuple(_entry(text, one) for one in content["secrets"])
        salt = content["salt"]
        bytes.fromhex(salt)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotJudge(
            f"{path}: not a baseline that `coordguard` wrote ({type(error).__name__}: {error})"
        ) from error
    return Baseline(path, salt, entries)


def _entry(text: str, one: Mapping[str, Any]) -> Entry:
    at = text.find(f'"{one["digest"]}"')
    path, rule, reason, owner = (str(one.get(name, "")).strip() for name in ("path", "rule", "reason", "owner"))
    return Entry(path, rule, one["digest"], reason, owner, text.count("\n", 0, at) + 1 if at >= 0 else 0)


def without_accepted(baseline: Baseline, secrets: Mapping[str, Sequence[Secret]]) -> dict[str, list[Secret]]:
    """Return path -> the secrets that no entry with a reason and an owner covers."""
    known = {(entry.path, entry.digest) for entry in baseline.entries if entry.reason and entry.owner}
    return {
        path: [one for one in found if (path, digest(baseline.salt, path, one)) not in known]
        for path, found in secrets.items()
    }


def baseline_faults(
    baseline: Baseline, secrets: Mapping[str, Sequence[Secret]], gone: Iterable[str] = ()
) -> list[Finding]:
    """Return what is wrong with a baseline's entries: stale ones, those without a reason or an owner.

    Args:
        baseline: what was accepted.
        secrets: path -> its secrets, for each file that was looked at, those without any among them.
        gone: paths of the baseline that are no file any more.

    """
    present = {path: {digest(baseline.salt, path, one) for one in found} for path, found in secrets.items()}
    present |= {path: set() for path in gone}
    return [
        Finding(baseline.path, entry.line, text, "secrets.baseline")
        for entry in baseline.entries
        if (text := _entry_fault(entry, present))
    ]


def _entry_fault(entry: Entry, present: Mapping[str, set[str]]) -> str:
    if entry.path in present and entry.digest not in present[entry.path]:
        return f"this {entry.family} is no longer in {entry.path}; take the entry away"
    missing = [name for name, value in (("reason", entry.reason), ("owner", entry.owner)) if not value]
    return f"this entry for {entry.path} gives no {' and no '.join(missing)}" if missing else ""


def baseline_text(
    secrets: Mapping[str, Sequence[Secret]], *, salt: str, reason: str, owner: str, before: Sequence[Entry] = ()
) -> str:
    """Return a baseline's text: one entry for each value in each file, known by digest alone.

    Args:
        secrets: path -> its secrets.
        salt: 16 bytes in hexadecimal, drawn once for a repository.
        reason: why none of these needs to be rotated.
        owner: who says so.
        before: entries with the same salt; one whose value still is there keeps its own reason and owner.

    """
    signed = {(entry.path, entry.digest): (entry.reason, entry.owner) for entry in before}
    entries: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(secrets):
        for one in secrets[path]:
            key = (path, digest(salt, path, one))
            why, who = signed.get(key, (reason, owner))
            entries[key] = {"path": path, "rule": one.family, "digest": key[1], "reason": why, "owner": who}
    return json.dumps({"version": 1, "salt": salt, "secrets": list(entries.values())}, indent=1) + "\n"
