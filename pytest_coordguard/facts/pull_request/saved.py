"""Facts of a pull request that were saved: for a replay, and where there is no network."""

from __future__ import annotations

from pathlib import Path

from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.pull_request_json import FactsError, from_json

LARGEST = 64 * 1024 * 1024  # bytes; the largest that was seen, of a pull request of 3,000 files, has one million


def saved_facts(path: Path, number: int, name: str) -> PullFacts:
    """Return the facts of a file.

    Raises:
        FactsError: it is not there, is no such file, or is of another pull request.

    """
    try:
        large = path.stat().st_size > LARGEST
        facts = from_json(path.read_bytes() if not large else b"")
    except OSError as error:
        raise FactsError(f"--pr-facts: {name} cannot be read ({error.strerror})") from None
    except FactsError as error:
        why = f"has more than {LARGEST // 1024 // 1024} MB" if large else str(error)
        raise FactsError(f"--pr-facts: {name}: {why}") from None
    if facts.number != number:
        raise FactsError(f"--pr-facts: {name} is of pull request {facts.number}, and --pr asks for {number}")
    return facts
