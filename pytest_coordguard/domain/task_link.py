"""Which tasks of a plan a change belongs to, by what evidence. Data in, data out; nothing is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

from pytest_coordguard.domain.globs import glob_expression
from pytest_coordguard.domain.plan import Task
from pytest_coordguard.domain.wording import WORD, Wordings

# A squash merge puts the messages of all its commits into one, so a trailer may stand on any line of it, and not only
# at the end (git-interpret-trailers(1)). "(Task 5)" in a subject is another matter: every team counts its own tasks.
TRAILER = re.compile(r"^Tasks?:[ \t]*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
LABEL = re.compile(r"task\s*[:/]\s*(.+)", re.IGNORECASE)
REF_PREFIX = re.compile(r"\A(?:refs/(?:heads|remotes/[^/]+)/|origin/)")
MANY = 40  # paths: a change of more is a sweep through the repository rather than work on one file
ALL = 400  # paths: one of more than that creates whatever it is said to create
SPEAKS = re.compile(r"(?=.*[a-z])(?=.*\d).*[-._]", re.IGNORECASE)  # CC-5, E402-1: an id that is no common word


class By(IntEnum):
    """What links a change to a task, the strongest first: what its author said outweighs what it happens to touch."""

    TRAILER = 0
    LABEL = 1
    BRANCH = 2
    TITLE = 3  # its title names the task
    FILES = 4
    WORDS = 5  # its title reads like the task's

    @property
    def word(self) -> str:
        """As reports write it."""
        return self.name.lower()


class Confidence(IntEnum):
    """How far a link can be trusted; the higher the better."""

    LOW = 0  # it touches what the task shares with others, or a folder of many things
    MEDIUM = 1
    HIGH = 2
    CERTAIN = 3  # someone wrote it down

    @property
    def word(self) -> str:
        """As reports write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Traces:
    """What is known of a change."""

    trailers: tuple[str, ...] = ()  # values of `Task:` in the messages of its commits
    labels: tuple[str, ...] = ()  # of its pull request
    branch: str = ""  # with or without refs/heads/ or origin/
    paths: tuple[str, ...] = ()  # what it touches, both sides of a rename
    new: frozenset[str] = frozenset()  # those of them that it creates
    title: str = ""  # of its pull request, or the subject of its commit


@dataclass(frozen=True, slots=True)
class TaskLink:
    """One task that a change belongs to."""

    task: str
    by: By
    confidence: Confidence
    evidence: str  # in words, as "`Task: B` in a commit message"


def trailers_in(message: str) -> tuple[str, ...]:
    """Return the tasks that a commit message names on lines of their own, as `Task: B` or `Tasks: B, CC-5`."""
    found = (part.strip() for match in TRAILER.finditer(message) for part in re.split(r"[,;]", match[1]))
    return tuple(dict.fromkeys(filter(None, found)))


class Linker:
    """Links changes to the tasks of one plan. Built once, for it may be asked of thousands of changes."""

    def __init__(self, tasks: Sequence[Task], titles: Iterable[str] = ()) -> None:
        """Take the tasks, and the titles of all changes that are known, which tell which words are rare."""
        self.position = {task.id: position for position, task in enumerate(tasks)}
        self._by_id = {task.id.casefold(): task.id for task in tasks}
        self._words = [(WORD.findall(task.id.casefold()), task.id) for task in tasks]
        self._branches: dict[str, list[str]] = {}
        self._named: dict[str, list[str]] = {}  # a file or folder, case folded -> the tasks that name it
        self._globs: list[tuple[re.Pattern[str], str]] = []
        for task in tasks:
            if task.branch:
                self._branches.setdefault(bare_branch(task.branch).casefold(), []).append(task.id)
            for pattern in dict.fromkeys(map(_tidy, task.files)):
                if any(sign in pattern for sign in "*?["):
                    self._globs.append((glob_expression(pattern), task.id))
                else:
                    self._named.setdefault(pattern, []).append(task.id)
        after = {task.id: set(task.depends_on) for task in tasks}
        self._wordings = Wordings(tasks, titles)
        self._titled = [(_literal(task.id), task.id) for task in tasks if SPEAKS.search(task.id)]
        # A file that a task and its review both name is made by the task that comes first.
        self._makers = {
            path: [task for task in named if not after[task] & set(named)] for path, named in self._named.items()
        }

    def links(self, traces: Traces) -> tuple[TaskLink, ...]:
        """Return a link for each task that anything points at, by its strongest evidence, the strongest link first.

        Nothing takes a link away: a trailer or label that names one task leaves the links to others standing, so that
        what a task asks of its changes is never shed by naming another one. `belongs_to` tells which of them count.
        """
        strongest: dict[str, TaskLink] = {}
        found = (self._said(traces), self._by_branch(traces.branch), self._by_title(traces.title))
        for link in chain(*found, self._by_files(traces), self._by_words(traces)):
            known = strongest.get(link.task)
            if known is None or (link.by, -link.confidence) < (known.by, -known.confidence):
                strongest[link.task] = link
        return tuple(sorted(strongest.values(), key=lambda each: (each.by, -each.confidence, self.position[each.task])))

    def unknown(self, traces: Traces) -> tuple[str, ...]:
        """Return what trailers and `task:` labels name and the plan does not have."""
        named = (
            *traces.trailers,
            *(found[1] for found in map(LABEL.fullmatch, map(str.strip, traces.labels)) if found),
        )
        return tuple(dict.fromkeys(name for name in named if name.strip().casefold() not in self._by_id))

    def _said(self, traces: Traces) -> Iterator[TaskLink]:
        for name in traces.trailers:
            if task := self._by_id.get(name.strip().casefold()):
                yield TaskLink(task, By.TRAILER, Confidence.CERTAIN, f"Task: {task} in a commit message")
        for label in map(str.strip, traces.labels):
            found = LABEL.fullmatch(label)
            if found and (task := self._by_id.get(found[1].strip().casefold())):
                yield TaskLink(task, By.LABEL, Confidence.CERTAIN, f"label {label}")

    def _by_branch(self, name: str) -> Iterator[TaskLink]:
        branch = bare_branch(name)
        planned = self._branches.get(branch.casefold(), []) if branch else []
        for task in planned:
            sure = Confidence.HIGH if len(planned) == 1 else Confidence.LOW  # several tasks are done on it
            yield TaskLink(task, By.BRANCH, sure, f"branch {branch}, which the plan names")
        if not planned:
            for task, after in self._ids_in(WORD.findall(branch.casefold())):
                sure = Confidence.HIGH if after else Confidence.MEDIUM
                yield TaskLink(task, By.BRANCH, sure, f"{task} in the name of branch {branch}")

    def _ids_in(self, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Yield the tasks that words of a branch name, and whether the word `task` stands before.

        An id such as `1` or `A` counts only behind it. Of `CC-5` and `CC-5-1` the longer one is meant.
        """
        spans: list[tuple[int, int, str, bool]] = []
        for mine, task in self._words:
            for start in range(len(words) - len(mine) + 1 if mine else 0):
                after = start > 0 and words[start - 1] in {"task", "tasks"}
                if list(words[start : start + len(mine)]) == mine and (after or SPEAKS.search(task)):
                    spans.append((start, start + len(mine), task, after))
        for start, end, task, after in spans:
            if not any(a <= start and end <= b and b - a > end - start for a, b, _, _ in spans):
                yield task, after

    def _by_files(self, traces: Traces) -> Iterator[TaskLink]:
        """Yield a link for each file: high where a file that one task alone names is new.

        Medium where it is changed, and half of what the change touches is that task's or its title reads like it. Low
        where several tasks name it, as a Makefile, in a folder, which holds the work of others too, and in a change
        that comes by everything.
        """
        size = len(traces.paths)
        moved = {path.casefold() for path in traces.paths if path not in traces.new}  # MATRIZ/x that becomes matriz/x
        alike = {link.task for link in self._by_words(traces)}
        own = Counter(task for path in traces.paths for task in self._named.get(path.casefold(), ()))
        for path in sorted(traces.paths):
            folded = path.casefold()
            makers = self._makers.get(folded, [])
            for task in self._named.get(folded, ()):
                if makers != [task]:
                    yield TaskLink(task, By.FILES, Confidence.LOW, f"touches {path}, which other tasks name too")
                elif path in traces.new and folded not in moved:
                    sure = Confidence.HIGH if size <= MANY else Confidence.MEDIUM if size <= ALL else Confidence.LOW
                    yield TaskLink(task, By.FILES, sure, f"creates {path}{_of(size)}")
                else:
                    sure = Confidence.MEDIUM if 2 * own[task] >= size or task in alike else Confidence.LOW
                    yield TaskLink(task, By.FILES, sure, f"changes {path}{_of(size)}")
            for task, pattern in self._around(folded):
                yield TaskLink(task, By.FILES, Confidence.LOW, f"touches {path}, in {pattern}")

    def _by_title(self, title: str) -> Iterator[TaskLink]:
        """Yield the tasks whose ids stand in a title. One such as A does not count: every team has its own task A."""
        for expression, task in self._titled:
            if expression.search(title):
                yield TaskLink(task, By.TITLE, Confidence.MEDIUM, f"{task} in its title")

    def _by_words(self, traces: Traces) -> Iterator[TaskLink]:
        """Yield the tasks that a title reads like; medium where that is more than chance."""
        for alike in self._wordings.alike(f"{traces.title} {bare_branch(traces.branch)}"):
            sure = Confidence.MEDIUM if alike.likely else Confidence.LOW
            yield TaskLink(alike.task, By.WORDS, sure, alike.evidence)

    def _around(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield the tasks that name a folder or a glob in which a path lies."""
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            for task in self._named.get(folder, ()):
                yield task, f"{folder}/"
        for expression, task in self._globs:
            if expression.match(path):
                yield task, "a glob of the task"


def task_links(tasks: Sequence[Task], traces: Traces) -> tuple[TaskLink, ...]:
    """Return what `Linker(tasks).links(traces)` does, for one change."""
    return Linker(tasks).links(traces)


def belongs_to(links: Sequence[TaskLink]) -> tuple[TaskLink, ...]:
    """Return the links that say whose work a change is: those of its strongest kind, and there the most trusted.

    Trailers and labels are one kind: both were written down. What is low says nothing: it may be there by chance.
    """
    sure = [each for each in links if each.confidence > Confidence.LOW]
    best = min(map(_strength, sure), default=None)
    return tuple(each for each in sure if _strength(each) == best)


def _strength(link: TaskLink) -> tuple[int, int]:
    return max(link.by, By.LABEL), -link.confidence


def bare_branch(name: str) -> str:
    """Return a branch's own name, without refs/heads/, refs/remotes/<remote>/ or origin/."""
    return REF_PREFIX.sub("", name, count=1)


def _of(size: int) -> str:
    return f", one of {size} files" if size > MANY else ""


def _literal(task: str) -> re.Pattern[str]:
    """Return what finds an id in a text, and neither CC-5-1 nor CC-55 for CC-5."""
    return re.compile(rf"(?<![\w.-]){re.escape(task)}(?![-.]?\w)", re.IGNORECASE)


def _tidy(pattern: str) -> str:
    return pattern.strip().removeprefix("./").rstrip("/").casefold()
