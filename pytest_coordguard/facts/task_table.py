"""Task tables: each row a task, each column known by what its name means."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_coordguard.domain.draft import DraftCriterion, DraftTask, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.markdown import Table, Words, bare
from pytest_coordguard.facts.task_labels import ACCEPT, FILES, meaning
from pytest_coordguard.facts.task_words import (
    ID,
    hours,
    identifier,
    paths,
    person,
    pieces,
    priority,
    references,
    risk,
    without_dependencies,
)

ROLE = "role"  # a column that says what a reviewer does: "Claude Role", "Review"
_TRACKED = re.compile(r"(?!(?i:AC|TC)-)[A-Za-z]\w*(?:-\w+)*-\d+|T\d+")  # AC-1 numbers a criterion, TC-1 a test
_WORTH_A_TASK = frozenset(["id", "owner", "priority", "estimate", "risk", ACCEPT, "depends", FILES])


def columns(table: Table) -> dict[str, int] | None:
    """Return which column means what, None for a table that lists no tasks."""
    found: dict[str, int] = {}
    for position, head in enumerate(table.head):
        kind = meaning(head.text) or (ROLE if re.search(r"\b(?:role|review)\b", head.text, re.IGNORECASE) else "")
        if kind == "title" and "title" in found and "id" not in found and _all_ids(table, found["title"]):
            found["id"] = found.pop("title")
        if kind:
            found.setdefault(kind, position)
    return found if "title" in found and len(_WORTH_A_TASK & found.keys()) > 0 else None


def lists_tasks(table: Table) -> bool:
    """Tell whether the rows of a table within a task are tasks of their own: one has an id as trackers give it."""
    return any(_TRACKED.fullmatch(one) for one in _ids(table))


def looks_like_tasks(table: Table) -> bool:
    """Tell whether each row of a table has a title and an id that numbers no criterion."""
    ids = _ids(table)
    return bool(ids) and not any(re.match(r"(?i:AC|TC)[-\d]", one) for one in ids)


def _ids(table: Table) -> list[str]:
    known = columns(table)
    return [identifier(row[known["id"]].text) for row in table.rows] if known and "id" in known else []


def _all_ids(table: Table, column: int) -> bool:
    return bool(table.rows) and all(ID.fullmatch(identifier(row[column].text)) for row in table.rows)


def tasks_in(table: Table, group: str) -> list[tuple[DraftTask, int, list[Finding]]] | None:
    """Return the task of each row with its line and what was not understood; None for a table without tasks."""
    known = columns(table)
    if known is None:
        return None
    rows = [{kind: row[position] for kind, position in known.items()} for row in table.rows]
    heads = {kind: table.head[position].text for kind, position in known.items()}
    return [_row(cells, heads, group) for cells in map(_titled, rows) if bare(cells["title"].text)]


def _titled(cells: Mapping[str, Words]) -> Mapping[str, Words]:
    """A task that has only an id is called by it."""
    return cells if bare(cells["title"].text) else {**cells, "title": cells.get("id", cells["title"])}


def nameless(table: Table) -> list[Finding]:
    """Return a remark for each row of a task table that has words, and neither title nor id."""
    known = columns(table) or {}
    named = [known[kind] for kind in ("title", "id") if kind in known]
    return [
        Finding("", row[0].line, f"a row without title and id is left out: {_shown(row)}", "table")
        for row in table.rows
        if any(bare(cell.text) for cell in row) and not any(bare(row[position].text) for position in named)
    ]


def _shown(row: Sequence[Words]) -> str:
    return " | ".join(" ".join(cell.text.split()) for cell in row)


def _row(cells: Mapping[str, Words], heads: Mapping[str, str], group: str) -> tuple[DraftTask, int, list[Finding]]:
    line = cells["title"].line
    files, outside = paths(cells.get(FILES, Words("", line)))
    text = {kind: bare(cell.text) for kind, cell in cells.items()}
    task = DraftTask(
        id=identifier(text.get("id", "")),
        title=without_dependencies(text["title"].replace("\n", " ")),
        group=group,
        owner=person(text.get("owner", "")),
        reviewer=_reviewer(text, heads),
        priority=priority(text.get("priority", "")),
        risk=risk(text.get("risk", "")),
        estimate_hours=hours(text.get("estimate", ""), _unit(heads.get("estimate", ""))),
        depends_on=(*_listed(text.get("depends", "")), *references(text["title"])),
        files=tuple(files),
        branch=cells["branch"].codes[0] if "branch" in cells and cells["branch"].codes else text.get("branch", ""),
        critical_review=bool(re.search(r"\b(?:critical|mandatory)\b", text.get(ROLE, ""), re.IGNORECASE)),
        criteria=_criteria(cells.get(ACCEPT)),
    )
    remarks = [Finding("", line, f"{path!r} lies outside the repository and is left out", "path") for path in outside]
    return task, line, remarks + _unread(text, task, line)


def _reviewer(text: Mapping[str, str], heads: Mapping[str, str]) -> str:
    """A column of reviewers names them; one that says what somebody does ("Claude Role") has the name in its head."""
    if "reviewer" in text:
        return person(text["reviewer"])
    who = re.sub(r"(?i)\b(?:review|role|status)\b'?s?", "", heads.get(ROLE, "")).strip(" '’")
    return person(who) if person(text.get(ROLE, "")) else ""


def _unit(head: str) -> str:
    found = re.search(r"\b(h|m|d|hours?|hrs?|min(?:ute)?s?|days?)\b", head, re.IGNORECASE)
    return found[1][0].lower() if found else ""


def _listed(text: str) -> list[str]:
    """The ids of a "depends on" column, which need no word in front of them."""
    return [found for found in map(identifier, re.split(r"[,;&+\s]+", text)) if ID.fullmatch(found)]


def _criteria(cell: Words | None) -> tuple[DraftCriterion, ...]:
    found: list[DraftCriterion] = []
    for piece in pieces(cell.text) if cell else ():
        found.append(DraftCriterion(slug(piece, [one.slug for one in found]), piece))
    return tuple(found)


def _unread(text: Mapping[str, str], task: DraftTask, line: int) -> list[Finding]:
    read = {"priority": task.priority, "risk": task.risk, "estimate": task.estimate_hours}
    return [
        Finding("", line, f"{text[kind]!r} is no {kind} that can be read", kind)
        for kind, value in read.items()
        if not value and person(text.get(kind, ""))
    ]
