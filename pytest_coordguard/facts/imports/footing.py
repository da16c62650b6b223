"""What answers about a file rest on: itself, the other files that were asked, and what names led to.

An answer that another view of the repository came to counts when nothing that it rests on has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.repository import Repository

T = TypeVar("T")
Leads = Callable[[str, str], Iterable[str]]  # (importing file, module as written): the files that it may mean


@dataclass(slots=True)
class Basis:
    """What one answer rests on."""

    states: dict[str, Hashable] = field(default_factory=dict)  # path -> the state of the file
    led: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # what names led to
    circular: bool = False  # part of it was asked for before it was there: it goes by who asked first

    def add(self, other: Basis) -> None:
        """Rest on what another answer rests on."""
        self.states |= other.states
        self.led |= other.led
        self.circular |= other.circular


class Footing:
    """The answers of one look at one view of a repository, each made once."""

    def __init__(self, repo: Repository, leads: Leads) -> None:
        self.repo = repo
        self._leads = leads
        self._states: dict[str, Hashable] = {}
        self._led: dict[tuple[str, str], tuple[str, ...]] = {}
        self._answers: dict[tuple[Hashable, str], tuple[Any, Basis | None]] = {}  # no basis: not there yet
        self._open: list[Basis] = []  # of the answers that are being made, the outermost first

    def led(self, importer: str, module: str) -> tuple[str, ...]:
        """Return the files that a name in a file may mean; the answer that is being made rests on it."""
        key = (importer, module)
        if key not in self._led:
            self._led[key] = tuple(self._leads(importer, module))
        if self._open:
            self._open[-1].led[key] = self._led[key]
        return self._led[key]

    def answer(self, question: Hashable, path: str, make: Callable[[], T], meanwhile: T) -> T:
        """Return the answer to a question about a file; `meanwhile` to who asks in a circle, before it is there."""
        key = (question, path)
        if key not in self._answers:
            self._answers[key] = (meanwhile, None)
            try:
                self._answers[key] = self._kept(question, path) or self._made(question, path, make)
            except BaseException:
                del self._answers[key]
                raise
        answer, basis = self._answers[key]
        if self._open:
            self._open[-1].add(basis or Basis(circular=True))
        return answer  # type: ignore[no-any-return]

    def settle(self, question: Hashable, path: str, answer: object, like: Hashable) -> None:
        """Take an answer that was found on the way to another one about the same file."""
        self._answers[question, path] = (answer, self._answers[like, path][1])

    def _kept(self, question: Hashable, path: str) -> tuple[Any, Basis] | None:
        found = self.repo.memory.get((__name__, question), path, self._state(path))
        known = cast("tuple[Any, Basis] | None", found)
        return known if known and self._holds(known[1]) else None

    def _holds(self, basis: Basis) -> bool:
        return all(self._state(path) == state for path, state in basis.states.items()) and all(
            self.led(importer, module) == files for (importer, module), files in basis.led.items()
        )

    def _made(self, question: Hashable, path: str, make: Callable[[], T]) -> tuple[T, Basis]:
        state = self._state(path)
        basis = Basis({path: state})
        self._open.append(basis)
        try:
            answer = make()
        finally:
            self._open.pop()
        if not basis.circular:
            self.repo.memory.put((__name__, question), path, state, (answer, basis))
        return answer, basis

    def _state(self, path: str) -> Hashable:
        if path not in self._states:
            try:
                self._states[path] = self.repo.state(path)
            except FileNotFoundError:
                self._states[path] = None
            except CannotJudge as error:
                self._states[path] = str(error)
        return self._states[path]
