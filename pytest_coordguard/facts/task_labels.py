"""What the headings, labels and column names of a task list mean."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re

from pytest_coordguard.facts.markdown import Words, bare
from pytest_coordguard.facts.task_words import ID

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
_LONGEST = 40  # characters: what is longer before its colon is a sentence
_MEANING = {label: kind for kind, labels in _KINDS.items() for label in labels.split(", ")}
_PREFIX = r"(?:tasks?|(?:user\s+)?story|issue|ticket|epic|work\s+item|requirement|todo|milestone|feature|bug)"
_HEADING = re.compile(
    rf"(?:{_PREFIX}\s*[:#-]?\s*)?#?\[?({ID.pattern})\]?(?:\s*[:.)–—-]+\s+|\s*[:.)]\s*|\s+|$)(.*)", re.DOTALL
)
_STARTS_WITH_PREFIX = re.compile(_PREFIX + r"\b", re.IGNORECASE)
_SAFE_ID = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-\d+|[A-Z]{1,4}\d{2,}"
)  # an id that needs no word in front of it


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
    parts = [labelled(Words(part, words.line, words.codes)) for part in re.split(r"\s+[|·•]\s+", words.text)]
    if all(parts):
        return [part for part in parts if part]
    one = labelled(words)
    return [one] if one else []


def task_heading(text: str) -> tuple[str, str] | None:
    """Return id and title of a heading such as `Task CC-5: Parity` or `PROJ-7 Search`, None for another heading."""
    plain = re.sub(rf"^({_PREFIX})\b", lambda m: m[0].lower(), bare(text), flags=re.IGNORECASE)
    match = _HEADING.fullmatch(plain)
    if match is None or not (_STARTS_WITH_PREFIX.match(plain) or _stands_alone(plain, match[1])):
        return None
    return match[1], bare(match[2])


def _stands_alone(text: str, identifier: str) -> bool:
    """An id without the word "task" is set off, as in `PROJ-7: Search`: `UTF-8 handling` is a title."""
    rest = text.lstrip("#[").removeprefix(identifier).lstrip()
    return bool(_SAFE_ID.fullmatch(identifier)) and (identifier[1:].isdigit() or rest[:1] in tuple("]:.)–—-"))


def numbered(text: str) -> tuple[str, str]:
    """Return the number and the rest of a heading or item such as `3. Search` or `1.2 Index`; "" where it has none."""
    match = re.match(r"(\d+(?:\.\d+)*)[.):]?\s+(?=\S)", text)
    return (match[1], text[match.end() :]) if match else ("", text)
