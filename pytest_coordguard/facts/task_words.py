"""What people write into the cells and labels of a task list: text in, plain values out."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pytest_coordguard.facts.markdown import Words, bare

NOBODY = frozenset(["", "-", "–", "—", "tbd", "tba", "n/a", "na", "none", "unassigned", "?", "todo", "open", "nobody"])
_PRIORITIES = {
    "critical": "critical blocker urgent highest p0 showstopper",
    "high": "high major important p1 must",
    "medium": "medium med normal moderate p2 should default",
    "low": "low minor trivial lowest p3 p4 p5 could nice",
}
_RISKS = {"high": "critical high severe major", "medium": "medium med moderate normal", "low": "low minor none minimal"}
_HOURS = {"m": 1 / 60, "h": 1.0, "d": 8.0, "w": 40.0}  # a working day and week, as time trackers count them
_NUMBER = r"(?:\d+(?:[.,]\d+)?)"
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|[mhdw])\b"
_AMOUNT = re.compile(
    rf"({_NUMBER})\s*({_UNIT})?\s*(?:[-–—]|to)\s*({_NUMBER})\s*-?({_UNIT})|({_NUMBER})\s*-?({_UNIT}|(?:[hd])(?=\d))"
)
_PATH = re.compile(r"\.{0,2}/?[\w.@*<>{}$-]+(?:/[\w.@*<>{}$-]+)*/?", re.ASCII)
_NAMED_FILES = frozenset(
    ["Makefile", "Dockerfile", "Justfile", "CODEOWNERS", "LICENSE", "README", "Jenkinsfile", "Procfile"]
)
_ID = r"(?:[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*-\d+(?:\.\d+)*|[A-Z]{1,4}\d+(?:\.\d+)*|\d+(?:\.\d+)*|[A-Z])"
ID = re.compile(_ID)
_MARKED = (
    rf"(?:(?i:tasks?|stor(?:y|ies)|issues?|tickets?)\s+#?{_ID}|#\d+|[A-Za-z][A-Za-z0-9]*-\d+|[A-Z]{{1,4}}\d+)(?![\w-])"
)
_MORE = rf"(?:(?i:tasks?)\s+)?#?{_ID}(?![\w-])"
_REFERENCES = re.compile(
    r"\b(?i:depend(?:s|ent|encies|ing)?(?:\s+(?:on|upon))?|after|post|blocked\s+by|requires|needs|prerequisites?|waits?\s+for)"
    rf"[\s:-]+(?i:the\s+)?({_MARKED}(?:\s*(?:,|&|\band\b|\+|,\s*and\b)\s*{_MORE})*)"
)


def priority(text: str) -> str:
    """Return critical, high, medium, low, or "" where the text names none."""
    return _named(text, _PRIORITIES)


def risk(text: str) -> str:
    """Return high, medium, low, or "" where the text names none."""
    return _named(text, _RISKS)


def _named(text: str, names: dict[str, str]) -> str:
    words = re.findall(r"[a-z]+\d?", text.lower())
    return next((name for word in words for name, known in names.items() if word in known.split()), "")


def hours(text: str, unit: str = "") -> float | None:
    """Return the working hours that a text estimates, the middle of a range; None where it names no time.

    A number alone counts only where the column says its unit: "h", "m", "d".
    """
    outside = re.sub(r"\([^()]*\)", " ", text)  # what stands in parentheses comments on the estimate
    found = [_amount(match) for match in _AMOUNT.finditer((outside if outside.strip() else text).lower())]
    if found:
        return round(sum(found), 3)
    plain = re.fullmatch(rf"~?\s*({_NUMBER})(?:\s*[-–]\s*({_NUMBER}))?", text.strip())
    if plain is None or unit not in _HOURS:
        return None
    numbers = [float(number.replace(",", ".")) for number in plain.groups() if number]
    return round(sum(numbers) / len(numbers) * _HOURS[unit], 3)


def _amount(match: re.Match[str]) -> float:
    low, low_unit, high, high_unit, single, unit = (g.replace(",", ".") if g else g for g in match.groups())
    if single:
        rest = re.match(r"(\d{1,2})(?![\d.,])\s*(?!\w)", match.string[match.end() :]) if unit == "h" else None
        return float(single) * _HOURS[unit[0]] + (int(rest[1]) / 60 if rest else 0)
    return (float(low) * _HOURS[(low_unit or high_unit)[0]] + float(high) * _HOURS[high_unit[0]]) / 2


def person(text: str) -> str:
    """Return the name or login in a cell, "" for nobody: `@alice` is `alice`."""
    name = bare(re.sub(r"(?<!\w)@(?=\w)", "", text.replace("\n", ", ").replace("`", ""))).strip(" .,:;")
    return "" if name.lower() in NOBODY else name


def paths(words: Words) -> tuple[list[str], list[str]]:
    """Return the repository's paths that a text names, and those that lead out of it.

    A placeholder such as `<timestamp>` becomes `*`, so that the path can be looked for.
    """
    text = re.sub(r"https?://\S+", " ", words.text)
    named = [code for code in words.codes if _is_path(code)] or [
        word for word in re.split(r"[\s,;()`\"']+", text) if _is_path(word.rstrip(".")) and _has_place(word)
    ]
    tidy = [re.sub(r"<[^<>]*>|\{[^{}]*\}", "*", name.removeprefix("./").rstrip(".:")) for name in named]
    inside = [name for name in tidy if not _leads_out(name)]
    return list(dict.fromkeys(inside)), [name for name in tidy if _leads_out(name)]


def _is_path(text: str) -> bool:
    if not _PATH.fullmatch(text) or re.fullmatch(r"[\d.]+", text):
        return False
    return "/" in text or text in _NAMED_FILES or bool(re.search(r"\w\.[a-z]\w{0,7}$|^\.[a-z]\w+", text))


def _has_place(word: str) -> bool:
    """A word outside of backticks is a path only if it looks like nothing else: `and/or` and `e.g` are words."""
    word = word.rstrip(".")
    known = (
        r"\.(?:py|pyi|md|rst|ts|tsx|js|jsx|json|ya?ml|toml|cfg|ini|sh|go|rs|java|sql|html|css|txt|c|h|cpp|rb|proto)$"
    )
    return word in _NAMED_FILES or bool(re.search(known, word)) or word.endswith("/") or word.count("/") > 1


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "~", "$")) or ".." in path.split("/")


def identifier(text: str) -> str:
    """Return a task's id as the plan can hold it: `#1` is `1`, `[PROJ-7]` is `PROJ-7`."""
    return re.sub(r"[^\w.-]+", "-", bare(text.replace("`", "")).strip("[]#().: "), flags=re.ASCII).strip("-.")


def references(text: str) -> list[str]:
    """Return the ids that a text says must come first: "(after Task B completion)" names `B`.

    A range such as T004-T007 is not spelled out. Whether the ids exist is for the reader to tell.
    """
    return [
        found
        for clause in _REFERENCES.findall(text)
        for found in re.findall(rf"(?<![\w-])#?({_ID})(?![\w-])", re.sub(r"(?i)\b(?:tasks?|issues?)\b", " ", clause))
    ]


def without_dependencies(title: str) -> str:
    """Return a title without the parenthesis that only says what must come first."""
    return next(
        (
            f"{title[: match.start()]}{title[match.end() :]}".strip()
            for match in re.finditer(r"\s*\(([^()]*)\)", title)
            if references(match[1])
        ),
        title,
    )


def fuller(name: str, names: Iterable[str]) -> str:
    """Return the longest of the names that begins with this one: `Claude` is `Claude Code` where both occur."""
    return max((other for other in names if other.startswith(name + " ") and "+" not in other), key=len, default=name)


def pieces(text: str) -> Sequence[str]:
    """Split a cell that holds several things: by line, then by semicolon."""
    parts = [part for line in text.split("\n") for part in line.split(";")]
    return [piece for part in parts if (piece := bare(re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+|^\s*\[[ xX]\]\s*", "", part)))]
