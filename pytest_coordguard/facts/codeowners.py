"""A CODEOWNERS file as GitHub reads it: its lines, those that it skips, and who owns a path in the end.

Source: "About code owners", sections "CODEOWNERS file location", "file size" and "syntax",
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # the first that is there is read, and no other
TOO_LARGE = 3 * 1024 * 1024  # bytes; a file that is not under 3 MB is not loaded
LOGIN = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:_[A-Za-z0-9]+)?"  # "_" and a short code: an enterprise's managed user
OWNER = re.compile(rf"@{LOGIN}|@{LOGIN}/[A-Za-z0-9_][A-Za-z0-9_.-]*|[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
WORD = re.compile(r"(?:\\.|[^\s\\])+")  # a blank in a pattern is escaped


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that GitHub reads: which paths it is for, and who owns them; nobody when `owners` is empty."""

    line: int
    pattern: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that GitHub skips, and why."""

    line: int
    text: str
    why: str


class CodeOwners:
    """The rules of a file in their order, of which the last that matches a path wins."""

    def __init__(self, text: str) -> None:
        read = [found for number, line in enumerate(text.splitlines(), 1) if (found := _read(number, line))]
        self.rules = tuple(one for one in read if isinstance(one, Rule))
        self.skipped = tuple(one for one in read if isinstance(one, Skipped))

    @cached_property
    def _matchers(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        return tuple((expression(rule.pattern), rule) for rule in self.rules)

    def of(self, path: str) -> Rule | None:
        """Return the rule that decides who owns a path, None when none matches it."""
        return next((rule for matcher, rule in reversed(self._matchers) if matcher.match(path)), None)

    def matched(self, paths: Iterable[str]) -> Mapping[Rule, dict[Rule, int]]:
        """Return for each rule how many of the paths that it matches are decided by which rule, itself among them."""
        found: dict[Rule, dict[Rule, int]] = {rule: {} for rule in self.rules}
        for path in paths:
            matching = [rule for matcher, rule in self._matchers if matcher.match(path)]
            for rule in matching:
                found[rule][matching[-1]] = found[rule].get(matching[-1], 0) + 1
        return found


def _read(number: int, line: str) -> Rule | Skipped | None:
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    word = WORD.match(text)
    pattern = word[0] if word else text
    owners = tuple(_until_comment(text[len(pattern) :].split()))
    why = _wrong_pattern(pattern) or next(filter(None, map(_wrong_owner, owners)), "")
    return Skipped(number, text, why) if why else Rule(number, pattern, owners)


def _until_comment(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word.startswith("#"):
            return
        yield word


def _wrong_pattern(pattern: str) -> str:
    if pattern.startswith("!"):
        return f"{pattern} begins with !, and CODEOWNERS knows no negation"
    if pattern.startswith("\\#"):
        return f"{pattern} begins with an escaped #, which CODEOWNERS does not know"
    if "[" in pattern or "]" in pattern:
        return f"{pattern} holds a character range, which CODEOWNERS does not know"
    if "***" in pattern:
        return f"{pattern} holds ***; meant: **?"
    return ""


def _wrong_owner(owner: str) -> str:
    if OWNER.fullmatch(owner) and len(owner.partition("/")[0]) <= 40:  # noqa: PLR2004  "@" and 39 signs
        return ""
    if owner.startswith("@"):
        return f"{owner} is no login of GitHub (letters, digits and hyphens, 39 at most) and no @org/team"
    if "@" in owner:
        return f"{owner} is no e-mail address"
    return f"{owner} is neither @login, @org/team nor an e-mail address"


def expression(pattern: str) -> re.Pattern[str]:
    """Return the expression for the paths of a pattern.

    As in gitignore(5), but that `docs/*` does not reach into the folders of docs, and `[` means itself.
    """
    steps = _steps(pattern)
    out, slash, last = [], False, len(steps) - 1
    for at, step in enumerate(steps):
        if step == "**":
            out.append(_any_folders(at, last))
            slash = 0 < at < last
            continue
        out.append(("/" if slash else "") + _one_folder(step))
        if at == last and step != "*":
            out.append("(?:/.*)?")
        slash = True
    return re.compile("".join(out) + r"\Z", re.DOTALL)


def _steps(pattern: str) -> list[str]:
    """Return what stands between the slashes, from the root on."""
    steps = pattern.removeprefix("/").split("/")
    anchored = pattern.startswith("/") or "/" in pattern.removesuffix("/")
    if steps[-1] == "":
        steps[-1:] = ["*", "**"] if steps[-2:-1] == ["**"] else ["**"]  # what lies in a folder of that name
    if not anchored:
        steps.insert(0, "**")
    return [step for at, step in enumerate(steps) if step != "**" or steps[at + 1 : at + 2] != ["**"]]


def _any_folders(at: int, last: int) -> str:
    if at == last:
        return "/.+" if at else ".+"
    return "(?:/.+)?" if at else "(?:.+/)?"


def _one_folder(step: str) -> str:
    if step == "*":
        return "[^/]+"
    signs = re.findall(r"\\.|.", step, re.DOTALL)
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign[-1])) for sign in signs)
