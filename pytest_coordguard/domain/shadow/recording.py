"""A recorded reference: the pictures of its answers, when they were taken, of what, and for which requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.shadow.picture import Picture, picture_from, picture_json

VERSION = 1


class NoRecording(ValueError):
    """A text that is no recording; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a reference answered, without a value of it."""

    at: datetime
    source: str  # where the reference was
    suite: str  # hash of the requests
    pictures: Mapping[str, Picture]  # request -> its answer


def names_of(asked: Iterable[Ask]) -> dict[str, Ask]:
    """Return the requests by a name each: method and path, with what tells it from others of the same."""
    found: dict[str, Ask] = {}
    for one in asked:
        told = [*map(str, one.status[:1]), *filter(None, [one.answer_type])]
        name = base = f"{one} ({', '.join(told)})" if told else str(one)
        number = 1
        while name in found:
            number += 1
            name = f"{base} #{number}"
        found[name] = one
    return found


def suite_of(asked: Sequence[Ask]) -> str:
    """Return the hash of requests: of what is sent and what is expected, not of whose token."""
    rows = [
        [one.method, one.path, one.content.hex(), one.media_type, sorted(one.headers), str(_who(one)), one.status]
        for one in asked
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _who(one: Ask) -> str:
    return one.auth if isinstance(one.auth, str) else "other"


def written(recording: Recording) -> str:
    """Return a recording as the text of its file."""
    data = {
        "coordguard_shadow": VERSION,
        "recorded_at": recording.at.astimezone(UTC).isoformat(timespec="seconds"),
        "source": recording.source,
        "suite": recording.suite,
        "answers": {name: picture_json(picture) for name, picture in recording.pictures.items()},
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(text: str) -> Recording:
    """Return the recording that a file holds.

    Raises:
        NoRecording: it holds none.

    """
    try:
        data: Any = json.loads(text)
        version = data["coordguard_shadow"]
        at = datetime.fromisoformat(data["recorded_at"])
        pictures = {name: picture_from(answer) for name, answer in data["answers"].items()}
        found = Recording(at if at.tzinfo else at.replace(tzinfo=UTC), data["source"], data["suite"], pictures)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoRecording(f"{type(error).__name__}: {error}") from error
    if version != VERSION:
        raise NoRecording(f"its version is {version!r}; meant: {VERSION}")
    return found
