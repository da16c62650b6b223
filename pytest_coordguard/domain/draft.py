"""A plan that is not yet one: what a repository or a task document suggests, and its text for a person to finish."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_coordguard.domain.yaml_text import comment, entry, scalar

_SLUG_LENGTH = 40  # characters: what a person still types after `-k`
_WEAK = frozenset("a an the of in on to and or with by for is are be if at as from into".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class DraftCriterion:
    """One acceptance criterion, as it was found; without check and tests it is unclaimed."""

    slug: str
    text: str
    check: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()  # (): the plan's default, all
    comment: str = ""  # what a person should know or do
    section: str = ""  # the list it was found in, as its document calls it


@dataclass(frozen=True, slots=True)
class DraftTask:
    """A piece of work, with the fields of `domain.plan.Task`."""

    id: str
    title: str
    group: str = ""
    owner: str = ""
    reviewer: str = ""
    priority: str = ""
    risk: str = ""
    estimate_hours: float | None = None
    depends_on: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    branch: str = ""
    critical_review: bool = False
    criteria: tuple[DraftCriterion, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """A proposal for a plan."""

    tasks: tuple[DraftTask, ...] = ()
    project: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)  # name -> title
    critical_paths: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()  # login names
    asgi: str = ""  # "package.module:app"; offered in a comment, since only a person knows whether it may be started
    comment: str = ""


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """Return a short name for a criterion: lower-case ASCII words joined by hyphens, unlike those that are taken.

    What stands in parentheses or behind a colon explains the name and is left out where something remains.
    """
    head = re.split(r"\s[(–—]|:\s|\s->\s", text.strip("( "), maxsplit=1)[0]
    words = re.findall(r"[a-z0-9]+", head.replace("'", "").replace("’", "").lower())
    words = words or re.findall(r"[a-z0-9]+", text.lower()) or ["criterion"]
    name = "-".join(_shortened(words))
    used = set(taken)
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(used) + 3))) if n not in used)


def _shortened(words: list[str]) -> list[str]:
    kept = [words[0][:_SLUG_LENGTH]]
    for word in words[1:]:
        if len("-".join([*kept, word])) > _SLUG_LENGTH:
            break
        kept.append(word)
    while len(kept) > 1 and kept[-1] in _WEAK:
        kept.pop()
    return kept


def render(draft: DraftPlan) -> str:
    """Return the YAML text of a plan, laid out for a person to go on with. `facts.plan_file` reads it."""
    lines = [*comment(draft.comment), "version: 1"]
    lines += entry("project", draft.project) if draft.project else []
    lines += entry("groups", dict(draft.groups)) if draft.groups else []
    lines += _critical(draft)
    lines += _service(draft.asgi)
    lines += ["", "tasks:" if draft.tasks else "tasks: {}"]
    for task in draft.tasks:
        lines += _task(task)
    return "\n".join(lines) + "\n"


def _critical(draft: DraftPlan) -> list[str]:
    if not draft.critical_paths:
        return []
    head = ["", "critical:  # what only these reviewers may let in", *entry("paths", draft.critical_paths, 2)]
    if draft.reviewers:
        return [*head, *entry("reviewers", draft.reviewers, 2)]
    return [*head, "  reviewers: []  # login names of those who may let it in"]


def _service(asgi: str) -> list[str]:
    if not asgi:
        return []
    return [
        "",
        "# For checks of the running service, take away the signs in front:",
        "# service:",
        f"#   asgi: {scalar(asgi)}",
    ]


def _task(task: DraftTask) -> list[str]:
    lines = ["", *comment(task.comment, 2), f"  {scalar(task.id)}:"]
    for name, value in _fields(task):
        lines += entry(name, value, 4)
    if task.criteria:
        lines.append("    accept:")
    section = task.criteria[0].section if len({one.section for one in task.criteria}) == 1 else ""
    for criterion in task.criteria:
        lines += comment(f"-- {criterion.section} --", 6) if criterion.section != section else []
        section = criterion.section
        lines += _criterion(criterion)
    return lines


def _fields(task: DraftTask) -> list[tuple[str, object]]:
    every: list[tuple[str, object]] = [
        ("title", task.title),
        ("group", task.group),
        ("owner", task.owner),
        ("reviewer", task.reviewer),
        ("critical_review", task.critical_review),
        ("priority", task.priority),
        ("risk", task.risk),
        ("estimate", "" if task.estimate_hours is None else duration(task.estimate_hours)),
        ("branch", task.branch),
        ("depends_on", task.depends_on),
        ("files", task.files),
    ]
    return [(name, value) for name, value in every if value]


def duration(hours: float) -> str:
    """Return hours as the plan writes them: `20m`, `2h`, `150m`."""
    minutes = max(1, round(hours * 60))
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def _criterion(criterion: DraftCriterion) -> list[str]:
    lines = [*comment(criterion.comment, 6), f"      {scalar(criterion.slug)}:", *entry("text", criterion.text, 8)]
    lines += entry("gates", criterion.gates, 8) if criterion.gates else []
    lines += entry("check", criterion.check, 8) if criterion.check else []
    for name, value in criterion.parameters.items():
        lines += entry(name, value, 8)
    return lines + (entry("tests", criterion.tests, 8) if criterion.tests else [])
