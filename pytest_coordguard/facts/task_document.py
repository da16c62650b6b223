"""A Markdown document of tasks, read as a draft of a plan. Text in, data and remarks out; nothing is judged.

What a document may look like was taken from what people and tools write: tables of tasks, a heading a task with its
lists, GitHub's task lists, the `tasks.md` of Spec Kit (github.com/github/spec-kit) and the files of Backlog.md
(github.com/MrLesk/Backlog.md).
"""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_coordguard.domain.draft import DraftPlan, DraftTask, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.markdown import Block, Item, Section, Table, Words, bare, everything, sections
from pytest_coordguard.facts.task_labels import (
    ACCEPT,
    CRITERIA,
    TELLING,
    begun,
    fields,
    meaning,
    numbered,
    task_heading,
)
from pytest_coordguard.facts.task_merge import finished
from pytest_coordguard.facts.task_section import TaskReader
from pytest_coordguard.facts.task_table import columns, nameless, tasks_in
from pytest_coordguard.facts.task_words import ID, paths, person, priority, references

_REVIEW_FIRST = re.compile(r"\b(?:critical|mandatory|required)\s+reviews?\b|\breviews?\s+required\b", re.IGNORECASE)
_REVIEWED_BY = re.compile(r"\breview(?:ed)?\s+by\s+(@?[\w-]+(?:\s+[A-Z][\w-]*)*)")
_OWNED = re.compile(r"^(.+?)(?:['’]s)?\s+(?:Execution\s+)?Tasks\b.*\((?:Direct\s+)?Owner(?:ship)?\)", re.IGNORECASE)
_TASK_LIST = re.compile(r"\b(?:tasks?|to-?dos?|backlog|work|plan|steps|milestones|roadmap|issues)\b", re.IGNORECASE)
_MARKED = re.compile(r"\s*[(\[](?:Priority:?\s*([^()\[\]]*)|(P\d)(?:,[^()\[\]]*)?)[)\]]", re.IGNORECASE)
_LIST_ID = re.compile(rf"(?:\*\*)?\[?({ID.pattern})\]?(?:\*\*)?[:.)]?\s+(?=\S)")


@dataclass(slots=True)
class Reading:
    """What was found so far."""

    tasks: list[tuple[DraftTask, int, bool]] = field(default_factory=list)  # task, line, whether from a table
    groups: dict[str, str] = field(default_factory=dict)
    remarks: list[Finding] = field(default_factory=list)
    reviewed: dict[str, str] = field(default_factory=dict)  # task id -> reviewer
    critical_paths: list[str] = field(default_factory=list)
    plain_lists: bool = False  # items without a box are tasks too

    def add(self, task: DraftTask, line: int, *, from_table: bool = False) -> None:
        """Keep a task."""
        self.tasks.append((task, line, from_table))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the document a section stands."""

    group: str = ""
    owner: str = ""


def read_tasks(markdown: str) -> tuple[DraftPlan, list[Finding]]:
    """Return the tasks of a document, and a remark with its line for each thing that was not understood."""
    front, body = front_matter(markdown)
    root = sections(body)
    reading = Reading()
    _from_front_matter(front, root, reading)
    if not reading.tasks:
        _walk(root, Place(), reading)
    if not reading.tasks:
        reading.plain_lists = True
        reading.remarks.clear()
        _walk(root, Place(), reading)
    tasks, remarks = finished(reading.tasks, reading.reviewed)
    used = {task.group for task in tasks}
    groups = {name: title for name, title in reading.groups.items() if name and name in used}
    plan = DraftPlan(tuple(tasks), groups=groups, critical_paths=tuple(dict.fromkeys(reading.critical_paths)))
    return plan, sorted({*reading.remarks, *remarks}, key=lambda remark: (remark.line, remark.message))


def front_matter(markdown: str) -> tuple[Mapping[str, Any], str]:
    """Return the YAML mapping in front of a document, and the document with blank lines in its place."""
    import yaml

    match = re.match(r"\ufeff?---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", markdown, re.DOTALL)
    if match is None:
        return {}, markdown
    try:
        found = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError):
        found = None
    return found if isinstance(found, dict) else {}, "\n" * match[0].count("\n") + markdown[match.end() :]


def _from_front_matter(front: Mapping[str, Any], root: Section, reading: Reading) -> None:
    """Read a document that is one task, its given in front."""
    given = {meaning(str(name)): value for name, value in front.items()}
    if not ("id" in given and "title" in given):
        return
    task = TaskReader(str(given.pop("id")), str(given.pop("title")), 1)
    for kind, value in given.items():
        values = value if isinstance(value, list) else [value]
        if kind and kind not in CRITERIA and kind != "status":
            task.read(Words(f"{kind}: {one}", 1) for one in ([", ".join(map(str, values))] if values else []))
    task.depends += [str(one) for one in given.get("depends") or [] if isinstance(given.get("depends"), list)]
    _read_section(root, task, reading)
    _keep(task, reading)


def _walk(section: Section, place: Place, reading: Reading) -> None:
    heading = task_heading(section.heading.text) or (_unnamed(section) if _describes_a_task(section) else None)
    if heading is not None:
        _task(section, heading, place, reading)
    elif section.level and meaning(section.heading.text) == ACCEPT:
        _success(section, reading)
    elif _REVIEW_FIRST.search(section.heading.text):
        _reviews(section, reading)
    else:
        _group(section, place, reading)


def _unnamed(section: Section) -> tuple[str, str]:
    return numbered(bare(section.heading.text))


def _describes_a_task(section: Section) -> bool:
    """A heading is a task if acceptance criteria, an owner or the like belong to it and to no task below it."""
    return section.level > 0 and _is_described(section) and not any(map(_holds_tasks, section.parts))


def _is_described(section: Section) -> bool:
    labels = set(_labels(section))
    headings = [meaning(part.heading.text) for part in section.parts]
    return ACCEPT in (*labels, *headings) or (section.level > 1 and bool(labels & TELLING))


def _labels(section: Section) -> Iterator[str]:
    """Yield what the section's own lines and outermost items are about."""
    for block in section.blocks:
        words = block.words if isinstance(block, Item) and block.depth == 1 else block
        if isinstance(words, Words):
            yield from (kind for kind, _ in fields(words))
            yield begun(words)


def _holds_tasks(section: Section) -> bool:
    if meaning(section.heading.text):
        return False
    here = task_heading(section.heading.text) is not None or _is_described(section)
    tables = any(isinstance(block, Table) and columns(block) for block in section.blocks)
    return here or tables or any(map(_holds_tasks, section.parts))


def _task(section: Section, heading: tuple[str, str], place: Place, reading: Reading) -> None:
    number, title = heading
    whole = title or bare(section.heading.text)
    marked = _MARKED.search(whole)
    plain = bare(whole.replace(marked[0], "")) if marked else whole
    task = TaskReader(number, plain, section.heading.line, place.group, place.owner)
    if marked and (named := priority(marked[1] or marked[2])):
        task.values["priority"] = named
    _read_section(section, task, reading, place)
    _keep(task, reading)


def _keep(task: TaskReader, reading: Reading) -> None:
    reading.add(task.task(), task.line)
    for table in task.tables:
        _table(table, task.group, reading)


def _read_section(section: Section, task: TaskReader, reading: Reading, place: Place | None = None) -> None:
    """Give a section to a task, apart from those below it that are tasks themselves."""
    task.read(section.blocks)
    for part in section.parts:
        if place and task_heading(part.heading.text):
            _walk(part, place, reading)
        else:
            task.begin(part.heading.text)
            _read_section(part, task, reading, place)
    reading.remarks += task.remarks
    task.remarks = []


def _success(section: Section, reading: Reading) -> None:
    """What the whole work must meet becomes a task of its own, so that it is checked as well."""
    title = bare(section.heading.text)
    task = TaskReader(slug(title), title, section.heading.line)
    for part in (section, *section.parts):
        task.begin(title)
        task.heading = bare(part.heading.text)
        task.read(part.blocks)
    found = replace(task.task(), comment="What the document asks of all its tasks together.")
    if found.criteria or not task.tables:
        reading.add(found, section.heading.line)
    for table in task.tables:
        _table(table, "", reading)
    reading.remarks += task.remarks


def _reviews(section: Section, reading: Reading) -> None:
    """Read which tasks and which paths may enter only after a review, and whose."""
    text = " ".join(words.text for words in everything(section))
    who = person(found[1]) if (found := _REVIEWED_BY.search(text)) else ""
    for block in section.blocks:
        if isinstance(block, Item):
            _reviewed(block.words, who, reading)


def _reviewed(words: Words, who: str, reading: Reading) -> None:
    named = references(f"after {bare(words.text)}")
    files, _ = paths(words)
    if named:
        reading.reviewed.update(dict.fromkeys(named, who))
    elif files:
        reading.critical_paths += files
    else:
        reading.remarks.append(Finding("", words.line, f"{words.text!r} names no task and no path to review", "review"))


def _group(section: Section, place: Place, reading: Reading) -> None:
    owned = _OWNED.match(bare(section.heading.text))
    title = bare(section.heading.text)
    name = _group_name(title, reading) if title and section.level > 1 else ""
    here = Place(name or place.group, person(owned[1]) if owned else place.owner)
    for table in (block for block in section.blocks if isinstance(block, Table)):
        _table(table, here.group, reading)
    _items(section.blocks, title, here, reading)
    for part in section.parts:
        _walk(part, here, reading)


def _group_name(title: str, reading: Reading) -> str:
    """Return the key of the group with this title: two titles never share one, though both may have no ASCII word."""
    known = next((name for name, other in reading.groups.items() if other == title), "")
    name = known or slug(title, taken=[key.replace("_", "-") for key in reading.groups]).replace("-", "_")
    reading.groups[name] = title
    return name


def _table(table: Table, group: str, reading: Reading) -> None:
    rows = tasks_in(table, group)
    if rows is None:
        heads = " | ".join(head.text for head in table.head)
        reading.remarks.append(Finding("", table.head[0].line, f"a table without tasks is left out: {heads}", "table"))
    else:
        reading.remarks += nameless(table)
    for task, line, remarks in rows or []:
        reading.add(task, line, from_table=True)
        reading.remarks += remarks


def _items(blocks: Sequence[Block], title: str, place: Place, reading: Reading) -> None:
    for item, inner in _with_inner(blocks):
        if item.ticked is not None or (reading.plain_lists and _TASK_LIST.search(title)):
            task = _from_item(item, place)
            task.read(inner)
            reading.remarks += task.remarks
            reading.add(task.task(), item.words.line)


def _with_inner(blocks: Sequence[Block]) -> Iterator[tuple[Item, list[Block]]]:
    """Yield each item that may be a task with what hangs on it: an outermost one, or one with an id of its own."""
    current: tuple[Item, list[Block]] | None = None
    for block in blocks:
        if isinstance(block, Item) and (block.depth == 1 or (block.ticked is not None and _own_id(block))):
            if current:
                yield current
            current = (block, [])
        elif current and isinstance(block, Item):
            current[1].append(block)
    if current:
        yield current


def _own_id(item: Item) -> bool:
    text = bare(item.words.text)
    return bool(re.match(r"[A-Z]+-?\d+\b|\d+\.\d+\b", text))


def _from_item(item: Item, place: Place) -> TaskReader:
    text = bare(item.words.text)
    match = _LIST_ID.match(text)
    marked = match and (re.search(r"\d", match[1]) is not None)
    number = match[1] if match and marked else str(item.number or "")
    rest = text[match.end() :] if match and marked else text
    task = TaskReader(number, _title(rest), item.words.line, place.group, place.owner)
    task.files = paths(item.words)[0]
    task.depends = references(rest)
    _notes(rest, task)
    return task


def _title(text: str) -> str:
    """Spec Kit marks what may run in parallel and the story it belongs to: `[P] [US1] Create …`."""
    return bare(
        re.sub(
            r"^(?:\[(?:P|US\d+|[A-Z]{1,3}\d*)\]\s*)+",
            "",
            re.sub(r"\s+@[\w-]+(?=\s|$)|\s*\(~?\d+[\w.–-]*\s?[a-z]*\)\s*$", "", text),
        )
    )


def _notes(text: str, task: TaskReader) -> None:
    owner = re.search(r"(?<![\w@/])@([\w-]+)(?=[\s,.)]|$)", text)
    if owner:
        task.values["owner"] = owner[1]
    for note in re.findall(r"\(([^()]*)\)", text):
        task.values.setdefault("estimate", note)
