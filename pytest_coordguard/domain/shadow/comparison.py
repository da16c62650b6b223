"""The comparison of an answer with a reference's: differences, and those that the plan accepts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.shadow.picture import Picture
from pytest_coordguard.domain.shadow.shape import ABSENT, misfits, told, written

NO_JSON = "no JSON"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which an answer is not as the reference's."""

    asked: str  # the request, as the plan's reader knows it
    what: str  # as `status`, `body data[].id`, `header retry-after`
    reference: str
    candidate: str

    @property
    def key(self) -> str:
        """What the plan's `allow` calls it."""
        return f"{self.asked}: {self.what}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One request, both pictures, and what differs."""

    asked: str
    reference: Picture
    candidate: Picture
    differences: tuple[Difference, ...] = ()


def compared(asked: str, reference: Picture, candidate: Picture) -> Compared:
    """Compare two answers; of other statuses nothing more is compared, of other media types no body."""
    pairs = [*_status(reference, candidate)]
    if not pairs:
        pairs = [*_media_type(reference, candidate)]
        pairs += [] if pairs else _body(reference, candidate)
        pairs += _headers(reference, candidate)
    return Compared(asked, reference, candidate, tuple(Difference(asked, *pair) for pair in pairs))


def _status(reference: Picture, candidate: Picture) -> Iterator[tuple[str, str, str]]:
    if reference.status is not None and reference.status != candidate.status:
        yield "status", str(reference.status), str(candidate.status)


def _media_type(reference: Picture, candidate: Picture) -> Iterator[tuple[str, str, str]]:
    if reference.media_type is not None and reference.media_type != candidate.media_type:
        yield "media type", reference.media_type or "none", candidate.media_type or "none"


def _body(reference: Picture, candidate: Picture) -> Iterator[tuple[str, str, str]]:
    if reference.end and reference.end != candidate.end:
        yield "end of the stream", reference.end, candidate.end or "none"
    if reference.shape is None or candidate.shape is None:
        if reference.shape is not candidate.shape:
            wanted, there = ("JSON" if one.shape is not None else NO_JSON for one in (reference, candidate))
            yield "body", wanted, there
        return
    for place, kinds, found in misfits(reference.shape, candidate.shape):
        yield f"body {written(place)}", kinds, found


def _headers(reference: Picture, candidate: Picture) -> Iterator[tuple[str, str, str]]:
    if reference.headers is None:
        return
    there = candidate.headers or {}
    for name in sorted({*reference.headers, *there}):
        wanted, found = reference.headers.get(name), there.get(name)
        if wanted is None:
            yield f"header {name}", ABSENT, told(found or ())
        elif found is None:
            if ABSENT not in wanted:
                yield f"header {name}", told(wanted), ABSENT
        elif found - wanted:
            yield f"header {name}", told(wanted), told(found)


def accepted(differences: Sequence[Difference], allow: Mapping[str, str]) -> dict[str, list[Difference]]:
    """Return key of `allow` -> the differences that it names; `*` in one stands for any text."""
    return {key: [one for one in differences if _names(key, one.key)] for key in allow}


def _names(key: str, name: str) -> bool:
    return re.fullmatch(re.escape(key).replace(r"\*", ".*"), name) is not None
