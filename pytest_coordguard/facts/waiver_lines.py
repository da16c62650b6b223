"""A plan's text with one waiver more: nothing else of it changes, not even a comment."""

from __future__ import annotations

import re

from pytest_coordguard.domain.plan import Waiver
from pytest_coordguard.domain.yaml_text import scalar

_KEY = re.compile(r"waivers:[ \t]*(?:#.*)?")
_ITEM = re.compile(r"([ \t]*)-(?:[ \t]|\Z)")


def waiver_line(waiver: Waiver) -> str:
    """Return a waiver as an item of the plan's list, without indent."""
    values = {"criterion": waiver.criterion, "reason": waiver.reason, "owner": waiver.owner}
    told = ", ".join(f"{key}: {scalar(value)}" for key, value in values.items())
    return f"- {{{told}, until: {waiver.until.isoformat()}}}"


def with_waiver(text: str, waiver: Waiver) -> str | None:
    """Return the plan's text with a waiver at the end of its list; None where the list is written in another form."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    starts = [at for at, line in enumerate(lines) if line.startswith("waivers:")]
    if not starts:
        return ending.join([*lines, "waivers:", f"  {waiver_line(waiver)}", ""])
    if len(starts) > 1 or not _KEY.fullmatch(lines[starts[0]]):
        return None
    indent, end = None, starts[0]
    for at in range(starts[0] + 1, len(lines)):
        item = _ITEM.match(lines[at])
        if item and indent is None:
            indent = item[1]
        elif lines[at].strip() and not lines[at].startswith((" ", "#", "-")):
            break
        if lines[at].strip() and not lines[at].startswith("#"):
            end = at
    if indent is None:
        return None
    return ending.join([*lines[: end + 1], f"{indent}{waiver_line(waiver)}", *lines[end + 1 :], ""])
