"""How far apart two texts of one Python file are, from nothing at all to "it runs differently"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """Ordered by how much of Python's own rules the proof needs: all of a change is at most this.

    Up to `IMPORT_ORDER` nothing that the program can see changes, but for the order in which neighbouring imports
    run. What is above is not proven to be without effect.
    """

    SAME = 0  # the same bytes
    LAYOUT = 1  # the same syntax tree: blanks, comments, quotes, brackets
    DOCSTRING = 2  # but for the texts of docstrings
    BENIGN = 3  # but for what does nothing: `pass`, `f""` without a field, an unused local of a constant
    UNUSED_IMPORT = 4  # but for imports of the standard library whose names nothing mentions
    IMPORT_ORDER = 5  # but for the order of imports between which nothing runs that could tell
    SHORT_LIVED = 6  # but for values that an unused local kept alive until its function ended
    IMPORT_MOVE = 7  # but for imports that now run before or after other statements
    IMPORT_DROP = 8  # but for imports whose names nothing mentions, whatever they do when they run
    RUNTIME = 9  # something else differs
    UNPROVABLE = 10  # one of the two does not compile, so nothing is known

    @property
    def word(self) -> str:
        """The level as a plan and a message write it: `import-order`."""
        return self.name.lower().replace("_", "-")


LEVELS = {level.word: level for level in Level}


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One place at which the two texts differ beyond what a level explains."""

    line: int  # 1-based, in the new text
    message: str


class DocChange(IntEnum):
    """What became of the docstrings of a file."""

    NONE = 0
    WHITE_SPACE = 1  # blanks at the ends of lines, indentation
    PLAIN = 2  # words, of functions and classes that no decorator and no base class can show to a user
    SHOWN = 3  # words that the program itself may read: `__doc__`, a decorated function, a doctest


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is known of two texts of one file."""

    level: Level  # the docstrings left out of it
    docs: DocChange = DocChange.NONE
    doc_lines: tuple[tuple[int, DocChange], ...] = ()  # lines in the new text
    trouble: str = ""  # why it is unprovable
    trouble_line: int = 0
    dropped: tuple[tuple[str, int], ...] = ()  # names that imports bound in the module before: name, line then
    local: frozenset[str] = frozenset()  # names of modules that may stand before others of the same name

    @property
    def whole(self) -> Level:
        """The level with the docstrings counted in."""
        return max(self.level, Level.DOCSTRING) if self.docs else self.level
