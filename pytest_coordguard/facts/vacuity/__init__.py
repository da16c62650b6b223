"""Tells whether a test could fail at all: has it an assertion that can depend on the repository's code?

A test that could not fail proves nothing, so the criterion that it claims is broken. Only the text is read; nothing
of the repository is imported. The answer is a proof, not a guess: a test is called vacuous only when all its
assertions are shown to rest on constants, on what the test itself made, on the standard library's pure parts, or to
be caught or never reached. What cannot be followed counts as the repository's: an unknown fixture, decorator,
import, base class or helper. A test with no assertion that calls the repository's code can fail by exception, and
is not called vacuous; one whose only assertions are constants is, whatever it calls before.
"""

from __future__ import annotations

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.vacuity.reader import VacuityReader as VacuityReader


def vacuous_reason(repo: Repository, path: str, test: str) -> str | None:
    """Return why `test` of the file `path` could not fail; None when it could, or when unsure.

    Args:
        repo: the repository that holds the test.
        path: relative to its root.
        test: `test_x` or `TestClass::test_x`, with or without the brackets of its parameters.

    Raises:
        FileNotFoundError, CannotJudge: as `Repository.read`. For many tests, use one `VacuityReader`.

    """
    return VacuityReader(repo).reason(path, test)
