"""What the headings, labels and column names of a task list mean."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Callable

from pytest_coordguard.facts.markdown import Words, bare
from pytest_coordguard.facts.task_words import ID, hours, person, priority

# What a label announces. A list kind is followed by items, a field kind by a value on the same line.
ACCEPT, STEPS, REVIEW, DELIVERABLES, FILES = "accept", "steps", "review", "deliverables", "files"
CRITERIA = (ACCEPT, STEPS, REVIEW, DELIVERABLES)
_KINDS = {
    ACCEPT: "accept, acceptance, acceptance criteria, acceptance criterion, acceptance tests, acceptance scenarios, ac,"
    " acs, definition of done, dod, done when, success criteria, exit criteria, criteria, success metrics",
    STEPS: "validation steps, validation, verification, verification steps, test plan, how to verify, checks, verify",
    REVIEW: "review checklist, checklist, review points",
    DELIVERABLES: "deliverables, deliverable, outputs, output",
    FILES: "files, file, files to review, files to change, files touched, files changed, affected files, paths, path",
    "priority": "priority, prio, severity, pri",
    "estimate": "time, estimate, estimated time, time estimate, effort, duration, est, hours, original estimate,"
    " estimated hours, estimated effort, est hours, est time",
    "branch": "branch, git branch, feature branch, worktree branch",
    "owner": "owner, owners, assignee, assignees, assigned to, assigned, who, responsible, dri, lead, agent",
    "reviewer": "reviewer, reviewers, reviewed by, approver, approvers",
    "risk": "risk, risk level",
    "depends": "depends on, dependencies, dependency, depends, blocked by, deps, prerequisites, predecessors",
    "title": "title, task, tasks, summary, name, description, work, item, story, feature, todo, what, user story",
    "id": "#, id, key, no, nr, num, task id, issue, issue key, ticket, ref, task #, task no, number, issue id",
    "status": "status, state, done, progress, created, updated, labels, type, sprint",
}
TELLING = frozenset(["priority", "estimate", "owner", "depends"])  # what no one says but of a task
_VALUES = TELLING | {"reviewer", "risk", "branch"}  # fields that may follow another one on its line
_PLAINLY = frozenset(  # labels that no criterion starts with: "Time: below 2 s" is one
    ["owner", "owners", "assignee", "assignees", "priority", "estimate", "depends on", "blocked by"]
)
_LONGEST = 40  # characters: what is longer before its colon is a sentence
_SENTENCE = 4  # words: so many after a colon are no name, priority or time
_MEANING = {label: kind for kind, labels in _KINDS.items() for label in labels.split(", ")}
_PREFIX = r"(?:tasks?|(?:user\s+)?story|issue|ticket|epic|work\s+item|requirement|todo|milestone|feature|bug)"
_HEADING = re.compile(
    rf"(?:{_PREFIX}\s*[:#-]?\s*)?#?\[?({ID.pattern})\]?(?:\s*[:.)–—-]+\s+|\s*[:.)]\s*|\s+|$)(.*)", re.DOTALL
)
_NEXT_FIELD = re.compile(rf"[.;,]\s+(?=([A-Za-z][A-Za-z ]{{0,{_LONGEST}}}):\s)")
_STARTS_WITH_PREFIX = re.compile(_PREFIX + r"\b", re.IGNORECASE)
_SAFE_ID = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-\d+|[A-Z]{1,4}\d{2,}"
)  # an id that needs no word in front of it


_TRACKER_KEY = re.compile(r"[A-Z][A-Z0-9_]+-\d+")  # `PAY-1`, as issue trackers count
_NO_TRACKER = re.compile(  # what looks like a tracker's key and is the name of a standard, or a stretch of time
    r"(?:AES|ASCII|BASE|COVID|CP|CVE|CWE|ECMA|EN|ES|GPT|HTTP|IEEE|IPV|ISO|LATIN|MD|OAUTH|PEP|RFC|RSA|SHA|TLS|UCS|UTF"
    r"|WCAG|DAY|MILESTONE|PART|PHASE|SECTION|SPRINT|STAGE|STEP|WEEK)-\d+"
)


def meaning(label: str) -> str:
    """Return the kind of thing that a label, heading or column name announces, "" where it is not known."""
    tidy = re.sub(r"\([^()]*\)", " ", bare(label)).lower().replace("_", " ")
    tidy = " ".join(re.sub(r"[^\w# ]+", " ", tidy).split())
    return _MEANING.get(tidy, "")


def labelled(words: Words) -> tuple[str, Words] | None:
    """Split `Priority: HIGH` into its kind and the rest; None for a line that starts with no known label."""
    label, colon, rest = words.text.partition(":")
    kind = meaning(label) if colon and len(label) < _LONGEST else ""
    return (kind, Words(rest.strip(), words.line, words.codes)) if kind else None


def fields(words: Words) -> list[tuple[str, Words]]:
    """Return the labelled values of a line, which may hold several: `Owner: Ann | Time: 2h`."""
    parts = [labelled(_part(words, text)) for text in re.split(r"\s+[|·•]\s+", words.text)]
    if len(parts) == 1 or not all(parts):
        parts = [labelled(_part(words, text)) for text in _sentences(words.text)]
    return [part for part in parts if part]


def _part(words: Words, text: str) -> Words:
    return Words(text, words.line, tuple(code for code in words.codes if f"`{code}`" in text))


def _sentences(text: str) -> list[str]:
    """Cut `Owner: bo. Priority: high` in front of each known field, and `Risk: a cut. Or two` nowhere."""
    ends = [match for match in _NEXT_FIELD.finditer(text) if meaning(match[1]) in _VALUES]
    starts = [0, *(match.end() for match in ends)]
    return [text[start:end] for start, end in zip(starts, [*(m.start() for m in ends), len(text)], strict=True)]


def begun(words: Words) -> str:
    """Return the kind of list that a line opens which is its name alone, with or without a colon; "" for another."""
    kind = meaning(words.text)
    return kind if kind in (*CRITERIA, FILES) else ""


def said_among_criteria(words: Words) -> list[tuple[str, Words]]:
    """Return what an item of a list of criteria says of the task: `Owner: ana`, not `Owner: sees each of his tasks`."""
    found = fields(words)
    label = words.text.partition(":")[0].strip().lower()
    return found if label in _PLAINLY and all(_is_value(kind, value.text) for kind, value in found) else []


def _is_value(kind: str, text: str) -> bool:
    if kind == "depends":
        return bool(re.fullmatch(rf"(?:(?:tasks?\s+)?#?{ID.pattern}(?:\s*(?:,|&|\+|and)\s*|\.?$))+", text))
    readers: dict[str, Callable[[str], object]] = {"priority": priority, "estimate": hours, "owner": person}
    reader = readers.get(kind)
    return reader is not None and len(text.split()) < _SENTENCE and bool(reader(text))


def task_heading(text: str) -> tuple[str, str] | None:
    """Return id and title of a heading such as `Task CC-5: Parity` or `PROJ-7 Search`, None for another heading."""
    plain = re.sub(rf"^({_PREFIX})\b", lambda m: m[0].lower(), bare(text), flags=re.IGNORECASE)
    match = _HEADING.fullmatch(plain)
    if match is None or not (_STARTS_WITH_PREFIX.match(plain) or _stands_alone(plain, match[1])):
        return None
    return match[1], bare(match[2])


def _stands_alone(text: str, identifier: str) -> bool:
    """An id without the word "task" is set off, as in `Search-7: Find`, or a tracker's: `UTF-8 handling` is a title."""
    rest = text.lstrip("#[").removeprefix(identifier).lstrip()
    set_off = identifier[1:].isdigit() or rest[:1] in tuple("]:.)–—-")
    return bool(_SAFE_ID.fullmatch(identifier)) and (set_off or _is_tracker_key(identifier))


def _is_tracker_key(text: str) -> bool:
    """Tell whether a text is an id such as `PAY-1`, which means a task wherever it stands first."""
    return bool(_TRACKER_KEY.fullmatch(text)) and not _NO_TRACKER.fullmatch(text)


def numbered(text: str) -> tuple[str, str]:
    """Return the number and the rest of a heading or item such as `3. Search` or `1.2 Index`; "" where it has none."""
    match = re.match(r"(\d+(?:\.\d+)*)[.):]?\s+(?=\S)", text)
    return (match[1], text[match.end() :]) if match else ("", text)
