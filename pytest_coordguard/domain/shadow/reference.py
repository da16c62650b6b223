"""What a plan may name as a reference, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.parameters import RepoFile
from pytest_coordguard.domain.record_type import Built, Fields, Key, Record
from pytest_coordguard.domain.service import Service
from pytest_coordguard.domain.service_shape import SERVICE, check_url, service_of
from pytest_coordguard.domain.text_types import SECONDS, path

DAYS = 90 * 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Reference:
    """One of: a service that is started or asked, a recording, an OpenAPI document."""

    service: Service | None = None
    recording: str = ""
    spec: str = ""
    max_age: float = DAYS  # seconds; of a recording


class ReferenceType(Built):
    """A reference, as `Reference`."""

    __slots__ = ()
    record = Record(
        "a reference",
        {
            "recording": Key(
                path(RepoFile, "a file that `coordguard shadow --record` wrote"), "Pictures of its answers, recorded."
            ),
            "max_age": Key(SECONDS, "When a recording is too old to be compared with.", default=f"{DAYS / 86_400:g}d"),
            "spec": Key(
                path(RepoFile, "an OpenAPI document of the reference"), "Its answers as its document has them."
            ),
            **SERVICE.keys,
        },
        one_of=(*SERVICE.one_of, "recording", "spec"),
    )

    @property
    def meant(self) -> str:
        return f"a mapping with one of {', '.join(self.record.one_of)}"

    def build(self, read: Fields, faults: Faults) -> object:
        given = read.given("recording", "spec", "max_age")
        if {*read.values} & {*SERVICE.one_of}:
            check_url(read, faults)
            given["service"] = service_of(read)
        return Reference(**given)
