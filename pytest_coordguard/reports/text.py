"""Makes text from outside safe to show: redacted, visible, and without power over the page it stands on."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from urllib.parse import quote

# ECMA-48 (5th edition), 5.3 and 5.4: CSI and OSC sequences, then the two-character ones.
TERMINAL_CODE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
# Controls, bidirectional and zero-width marks (unicode.org/reports/tr36, 2.5), tags, surrogates, noncharacters.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]",
)
# What CommonMark and GitHub's additions give a meaning to, and what GitHub makes a link or a mention of.
MEANS_SOMETHING = re.compile(r"[#$&*<>@\[\\\]^_`{|}~]|://|www\.|:\w+:|\bGH-\d", re.IGNORECASE)
# Paths and node ids of plain words: no credential is made of short words in one case, and a plan can have 50,000.
WORDY = re.compile(r"[/._-]?(?:(?:[A-Z][a-z]{3,15}|[a-z]{1,15}|\d{1,4})(?:[/._-]{1,2}|::|\Z|(?=[A-Z][a-z]{3})))+\Z")
LATIN_1 = 0xFF  # the last code that has two digits
STARTS_A_BLOCK = re.compile(r"(?:[-+=]+|\d+[.)])(?=\s|$)")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Return a text without secrets, terminal codes and hidden characters, which are spelt out.

    Secrets are looked for twice: as the text came, and when nothing hidden parts them.
    """
    if WORDY.match(text):
        return text
    from pytest_coordguard.reports.redact import redact

    once = redact(text)
    seen = TERMINAL_CODE.sub("", once.replace("\r\n", "\n"))
    joined = HIDDEN.sub("", seen)
    if joined == once:
        return once
    bare = redact(joined)
    return HIDDEN.sub(_spelt, seen) if bare == joined else bare


def name(text: str) -> str:
    """Return an id of the plan on one line, visible; not redacted, for a report must not give it another."""
    return " ".join(HIDDEN.sub(_spelt, TERMINAL_CODE.sub("", text)).split())


def _spelt(hidden: re.Match[str]) -> str:
    code = ord(hidden[0])
    return f"\\x{code:02x}" if code <= LATIN_1 else f"\\u{code:04x}"


@lru_cache(maxsize=65_536)
def line(text: str) -> str:
    """Return a text as `plain` does, on one line."""
    return " ".join(plain(text).split())


def clipped(text: str, length: int) -> str:
    """Return a text of at most `length` characters, the last an ellipsis when something was cut off."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


@lru_cache(maxsize=65_536)
def markdown(text: str) -> str:
    """Return a text as one line of Markdown that reads the same and means nothing.

    A word with a sign that Markdown or GitHub gives a meaning to becomes code, in which nothing has one
    (spec.commonmark.org/0.31.2, 6.1). The other words hold none, and a backtick becomes an apostrophe.
    """
    shown = line(text).replace("`", "'")
    block = STARTS_A_BLOCK.match(shown)
    if not block and not MEANS_SOMETHING.search(shown):
        return shown
    words = shown.split(" ")
    first = f"`{words[0]}`" if block else _word(words[0])
    return " ".join([first, *map(_word, words[1:])])


def _word(word: str) -> str:
    if not MEANS_SOMETHING.search(word):
        return word
    core = word.lstrip("(\"'")
    start = word[: len(word) - len(core)]
    kept = core.rstrip(".,:;!?\"'" if "(" in core else ".,:;!?)\"'")
    return f"{start}`{kept}`{core[len(kept) :]}"


def cell(text: str) -> str:
    """Return a text as `markdown` does, for a table's cell: there a `|` parts cells even in code (GFM, 4.10)."""
    return markdown(text).replace("|", "\\|")


def code(text: str) -> str:
    """Return a text as Markdown code on one line; "" for nothing."""
    shown = line(text).replace("`", "'")
    return f"`{shown}`" if shown else ""


def link(path: str, number: int, page: str | None) -> str:
    """Return a place as a link relative to the folder of `page`; as code when it lies outside or there is no page.

    `page` and `path` are relative to the root; `number` is a line, 1-based, 0 for the whole file.
    """
    label = code(f"{path}:{number}" if number else path)
    if page is None or not path or path.startswith("/") or ".." in path.split("/") or line(path) != path:
        return label
    target = quote(posixpath.relpath(path, posixpath.dirname(page) or "."), safe="/")
    return f"[{label}]({target}{f'#L{number}' if number else ''})"


def terminal(text: str) -> str:
    """Return a text as one line that a terminal shows and that GitHub's runner does not take for a command.

    The runner reads `::name::` at the start of a line and `##[name]` anywhere in it
    (github.com/actions/runner, src/Runner.Common/ActionCommand.cs).
    """
    return re.sub(r"(?<!\S)::", ": :", line(text)).replace("##[", "# #[")


def again(criterion: str) -> str:
    """Return the command that judges one criterion and answers for it alone; a `-k` run never opens a gate."""
    from shlex import quote as shell_quote

    return f"coordguard check {shell_quote(name(criterion))}"


def number(value: float) -> str:
    """Return a number as a person writes it: 12, 0.25, 1.5."""
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"  # noqa: PLR2004


def clean_commit(commit: str | None) -> str:
    """Return the first seven characters of an object name, "no commit" for none."""
    return line(commit)[:7] if commit else "no commit"


def age(now: int, since: int | None) -> str:
    """Return how long something has been so, as `3 d`, `5 h` or `20 min`; "" when it is not known."""
    if since is None or not now:
        return ""
    minutes = max(now - since, 0) // 60
    if minutes < 120:  # noqa: PLR2004  two hours
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"  # noqa: PLR2004  two days


def day_of(moment: str) -> str:
    """Return the day of a moment as records write it; "an unknown day" for what is no moment."""
    return moment[:10] if re.match(r"\d{4}-\d{2}-\d{2}", moment) else "an unknown day"
