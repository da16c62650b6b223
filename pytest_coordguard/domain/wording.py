"""Which tasks a title reads like. Words are weak evidence: what makes them stronger is that few titles have them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.plan import Task

WORD = re.compile(r"[a-z0-9]+")
SPEAKS_OF = re.compile(r"(?=.*[a-z])(?=.*\d)")  # a word with a digit in it
EMPTY_WORDS = frozenset(
    [
        *("add", "and", "batch", "file", "fix", "for", "from", "main", "merge", "new", "pull", "request"),
        *("review", "task", "test", "the", "use", "with"),
    ]
)
SLICE = re.compile(r"\A([a-z]{1,4}\d{3,})[-_./](\d+)\Z", re.IGNORECASE)  # E402-1: a code, and which slice of it
NUMBERED = re.compile(r"\b(?:batch|part|phase|round|shard|slice|step|wave)[ -]?#?(\d+)", re.IGNORECASE)
TOLD_APART = 30  # titles: among fewer no word can be said to be rare
RARE = 200  # one title in so many has it, or
FEW = 3  # this many


@dataclass(frozen=True, slots=True)
class Alike:
    """One task that a title reads like."""

    task: str
    likely: bool  # more than chance: rare words, or the code that the task's id is made of
    evidence: str


class Wordings:
    """The titles of a plan's tasks, and which of their words are rare in a repository."""

    def __init__(self, tasks: Sequence[Task], titles: Iterable[str] = ()) -> None:
        """Take the tasks, and the titles of all changes that are known: without many of those no word is rare."""
        seen = [weighed(title) for title in titles]
        common = Counter(word for words in seen for word in words)
        most = max(FEW, len(seen) // RARE)
        self._titles = [(task.id, words) for task in tasks if (words := weighed(task.title))]
        self._rare = {
            word for _, words in self._titles for word in words if len(seen) >= TOLD_APART and common[word] <= most
        }
        self._after = {task.id: frozenset(task.depends_on) for task in tasks}
        self._slices: dict[str, dict[int, str]] = {}
        for task in tasks:
            if found := SLICE.match(task.id):
                self._slices.setdefault(found[1].casefold(), {})[int(found[2])] = task.id

    def alike(self, title: str) -> Iterator[Alike]:
        """Yield the tasks that a title reads like. A task that waits for another such one only talks about it."""
        said = weighed(title)
        found = {task: shared for task, words in self._titles if (shared := _most_of(words, said))}
        sliced = dict(self._by_code(title, said))
        for task in dict.fromkeys([*found, *sliced]):
            if task in sliced:
                yield Alike(task, likely=True, evidence=f"its title says {sliced[task]}")
            elif not self._after[task] & found.keys():
                likely = self._is_rare(task, found[task])
                yield Alike(task, likely, f"its title has {', '.join(found[task])} in common")

    def _is_rare(self, task: str, shared: Mapping[str, int]) -> bool:
        """Tell whether two rare words at least are half of what a task's title says."""
        rare = {word: weight for word, weight in shared.items() if word in self._rare}
        whole = next(sum(words.values()) for each, words in self._titles if each == task)
        return len(rare) > 1 and 2 * sum(rare.values()) >= whole

    def _by_code(self, title: str, said: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield the task E402-1 of a title that says E402, as long as it says no other number of a batch or slice."""
        numbers = {int(number) for number in NUMBERED.findall(title)}
        for code, tasks in self._slices.items():
            if code not in said:
                continue
            meant = [tasks[number] for number in sorted(numbers) if number in tasks]
            meant = meant or list(tasks.values())[: not numbers and len(tasks) == 1]
            yield from ((task, code.upper()) for task in meant)


def weighed(text: str) -> dict[str, int]:
    """Return the words of a title that tell something; one with digits, as E402, counts twice."""
    words = (word.removesuffix("s") for word in WORD.findall(text.casefold()))
    return {word: 2 if SPEAKS_OF.match(word) else 1 for word in words if len(word) > 2 and word not in EMPTY_WORDS}  # noqa: PLR2004


def _most_of(words: Mapping[str, int], said: Mapping[str, int]) -> dict[str, int]:
    """Return the words that a title shares with a task's, if they are at least two, and half of the task's."""
    shared = {word: weight for word, weight in words.items() if word in said}
    enough = sum(shared.values()) >= 2 and 2 * sum(shared.values()) >= sum(words.values())  # noqa: PLR2004  a half
    return shared if enough else {}
