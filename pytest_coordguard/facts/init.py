"""`coordguard init`: a first plan for a repository, from what it has or from the document that lists its tasks."""

from __future__ import annotations

from dataclasses import replace

from pytest_coordguard.domain.draft import render
from pytest_coordguard.facts.first_plan import draft_from
from pytest_coordguard.facts.guess import with_guesses
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.survey import Survey, survey
from pytest_coordguard.facts.task_document import read_tasks

_HEAD = """The tasks of {name}, and the criteria that each must meet. Each criterion becomes a test.
A criterion with neither `check` nor `tests` is unclaimed and keeps its gate closed: what to do stands above it.
An id (TASK/slug) is for ever; its words may change."""
_NO_TASK = """no task was found. A task is a heading with an id or with acceptance criteria below it, such as
  ## PAY-1: Take cards
  **Acceptance criteria**:
  - A card that is declined is not charged
or a row of a table with the columns ID, Title and Acceptance, or an item of a check list: - [ ] PAY-1 Take cards"""


class NoTaskError(ValueError):
    """A document lists no task that can be read."""


def init_plan(repo: Repository, task_document: tuple[str, str] | None) -> tuple[str, list[str]]:
    """Return the text of a plan, and remarks, each with its place, about what was left out or not understood.

    `task_document` is the name and the text of a Markdown document of tasks; without one the plan holds what the
    repository has something to check for. Raises `NoTaskError` for a document without tasks.
    """
    seen = survey(repo)
    if task_document is None:
        plan, remarks = draft_from(seen)
        return render(plan), list(map(str, remarks))
    return _from_document(seen, *task_document)


def _from_document(seen: Survey, name: str, text: str) -> tuple[str, list[str]]:
    plan, remarks = read_tasks(text)
    if not plan.tasks:
        raise NoTaskError("\n".join([f"{name}: {_NO_TASK}", *(str(replace(remark, path=name)) for remark in remarks)]))
    plan = replace(
        plan,
        project=seen.project,
        tasks=tuple(with_guesses(task, seen) for task in plan.tasks),
        critical_paths=plan.critical_paths or seen.critical_paths,
        reviewers=() if plan.critical_paths else seen.reviewers,
        asgi=seen.asgi[0] if seen.asgi else "",
        comment=_HEAD.format(name=name),
    )
    return render(plan), [*map(str, seen.remarks), *(str(replace(remark, path=name)) for remark in remarks)]
