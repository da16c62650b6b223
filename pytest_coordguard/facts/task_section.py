"""One task that a section of a document describes: fields, lists of criteria, files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_coordguard.domain.draft import DraftCriterion, DraftTask, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.markdown import Block, Item, Table, Words, bare
from pytest_coordguard.facts.task_labels import (
    ACCEPT,
    CRITERIA,
    FILES,
    begun,
    fields,
    labelled,
    meaning,
    said_among_criteria,
)
from pytest_coordguard.facts.task_table import lists_tasks, looks_like_tasks
from pytest_coordguard.facts.task_words import hours, paths, person, priority, references, risk, without_dependencies


@dataclass(slots=True)
class TaskReader:
    """Reads the blocks of a task one after the other."""

    id: str
    title: str
    line: int
    group: str = ""
    owner: str = ""
    kind: str = ""  # of the list that is being read
    heading: str = ""  # what the document calls that list
    values: dict[str, str] = field(default_factory=dict)
    criteria: list[DraftCriterion] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    depends: list[str] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)  # of other tasks, which stand below this one

    def begin(self, title: str) -> None:
        """Start a list: a heading or label has named it."""
        self.kind, self.heading = meaning(title), bare(title).rstrip(":")

    def read(self, blocks: Iterable[Block]) -> None:
        """Take in what stands below the task's heading."""
        for block in blocks:
            if isinstance(block, Item):
                self._item(block)
            elif isinstance(block, Table):
                self._table(block)
            else:
                self._line(block)

    def task(self) -> DraftTask:
        """Return what was read."""
        value = self.values.get
        return DraftTask(
            id=self.id,
            title=without_dependencies(self.title),
            group=self.group,
            owner=value("owner", self.owner),
            reviewer=value("reviewer", ""),
            priority=value("priority", ""),
            risk=value("risk", ""),
            estimate_hours=hours(value("estimate", "")),
            depends_on=tuple(dict.fromkeys([*references(self.title), *self.depends])),
            files=tuple(dict.fromkeys(self.files)),
            branch=value("branch", ""),
            criteria=tuple(self.criteria),
        )

    def _line(self, words: Words) -> None:
        self.depends += references(words.text)
        found = fields(words)
        if not found:
            if begun(words) or words.text.endswith(":"):
                self.begin(words.text)
            else:
                self.kind = ""
            return
        for kind, value in found:
            self.kind, self.heading = kind, bare(words.text.partition(":")[0])
            if value.text:
                self._value(kind, value)

    def _item(self, item: Item) -> None:
        self.depends += references(item.words.text)
        if item.ticked is None and self._is_said(item.words):
            return
        found = labelled(item.words)
        if found and found[0] in (*CRITERIA, FILES) and item.ticked is None:
            self.kind, self.heading = found[0], bare(item.words.text.partition(":")[0])
            if found[1].text:
                self._value(*found)
                self.kind = ""
        elif self.kind == FILES:
            first = item.words.codes[:1] if item.words.text.startswith("`") else item.words.codes
            self._value(FILES, Words(item.words.text, item.words.line, first))
        elif self.kind in CRITERIA or item.ticked is not None:
            self._criterion(item.words)

    def _is_said(self, words: Words) -> bool:
        """Take in an item that says something of the task or opens a list."""
        if not self.kind and begun(words):
            self.begin(words.text)
            return True
        found = said_among_criteria(words) if self.kind in CRITERIA else fields(words)
        if not found or found[0][0] in (*CRITERIA, FILES):
            return False
        for kind, value in found:
            self._value(kind, value)
        return True

    def _criterion(self, words: Words) -> None:
        text = re.sub(r"^(?:#\d+|AC[-\s]?\d+:?)\s+", "", bare(words.text))  # Backlog.md numbers its criteria
        if not text:
            return
        taken = [one.slug for one in self.criteria]
        section = self.heading if self.kind in CRITERIA else ""
        self.criteria.append(DraftCriterion(slug(text, taken), text, section=section))

    def _table(self, table: Table) -> None:
        if lists_tasks(table):
            self.tables.append(table)
            return
        accept = next((i for i, head in enumerate(table.head) if meaning(head.text) == ACCEPT), None)
        if accept is None:
            self.remarks.append(
                Finding("", table.head[0].line, "a table within a task that lists no criteria", "table")
            )
            return
        if looks_like_tasks(table):
            message = f"the rows of this table became criteria of {self.id or self.title}: none has an id such as PAY-1"
            self.remarks.append(Finding("", table.head[0].line, message, "table"))
        for row in table.rows:
            if not bare(row[accept].text):
                cells = " | ".join(cell.text for cell in row)
                self.remarks.append(
                    Finding("", row[accept].line, f"a row without criterion is left out: {cells}", "table")
                )
            self._criterion(row[accept])

    def _value(self, kind: str, value: Words) -> None:
        if kind == FILES:
            self._files(value)
        elif kind in CRITERIA:
            self._criterion(value)
        elif kind == "depends":
            self.depends += references(f"after Task {value.text.removeprefix('Task ')}")
        else:
            self._field(kind, value)

    def _files(self, value: Words) -> None:
        inside, outside = paths(value)
        self.files += inside
        for path in outside:
            self.remarks.append(
                Finding("", value.line, f"{path!r} lies outside the repository and is left out", "path")
            )

    def _field(self, kind: str, value: Words) -> None:
        readers = {"priority": priority, "risk": risk, "owner": person, "reviewer": person, "estimate": _timed}
        reader = readers.get(kind)
        read = reader(value.text) if reader else _branch(value) if kind == "branch" else None
        if read:
            self.values.setdefault(kind, read)
        elif read is not None and person(value.text):
            self.remarks.append(Finding("", value.line, f"{value.text!r} is no {kind} that can be read", kind))


def _timed(text: str) -> str:
    return "" if hours(text) is None else text


def _branch(value: Words) -> str:
    plain = re.sub(r"\s*\([^()]*\)\s*$", "", value.text)
    found = value.codes[0] if value.codes else plain
    return found if re.fullmatch(r"[\w./#+-]+", found) else ""
