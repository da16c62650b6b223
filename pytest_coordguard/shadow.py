"""Records a reference for `service.shadow`: what it answers to the requests of a criterion, without a value of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.domain.plan import Criterion, Plan
from pytest_coordguard.domain.shadow.picture import HEADERS
from pytest_coordguard.domain.shadow.recording import Recording, names_of, suite_of, written

CHECK = "service.shadow"


class ShadowTrouble(Exception):
    """Nothing can be recorded; the message says why and what was meant."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, as the text of a file."""

    text: str
    criterion: str
    source: str
    answers: int


def criterion_of(plan: Plan, name: str, file: str) -> Criterion:
    """Return the criterion whose requests are meant: the one named, the one with this recording, or the only one.

    Raises:
        ShadowTrouble: there is none, or there are several.

    """
    known = [one for one in plan.criteria if one.check == CHECK]
    if name:
        known = [one for one in known if one.id == name]
    elif len(known) > 1:
        known = [one for one in known if _recording_of(one) == file]
    if len(known) != 1:
        meant = f"{name!r} is no criterion of {CHECK}" if name else f"{len(known)} criteria of {CHECK} are meant"
        raise ShadowTrouble(f"{meant}; meant: --criterion with the one whose requests are to be recorded")
    return known[0]


def _recording_of(one: Criterion) -> str:
    return str(getattr(one.parameters.get("reference"), "recording", ""))


def recorded(plan: Plan, root: Path, criterion: Criterion, url: str) -> Recorded:
    """Ask the reference: at a URL, or as the plan's own service is started.

    Raises:
        CannotJudge: it cannot be reached, does not answer, or not as the plan expects.
        ShadowTrouble: neither is known.

    """
    from pytest_coordguard.facts.service.pictures import reference_pictures
    from pytest_coordguard.facts.service.service import Running, Service, settings_of

    settings = settings_of(plan, url or None)
    if settings is None:
        raise ShadowTrouble("no 'service' in the plan; meant: --url URL of the reference")
    asked = names_of(criterion.parameters.get("asks") or ())
    with tempfile.TemporaryDirectory(prefix="coordguard-shadow-") as folder:
        running = Running(settings, root, plan.runner, Path(folder) / "service")
        try:
            headers = criterion.parameters.get("headers") or [*HEADERS]
            pictures = reference_pictures(Service(running), asked, headers)
        finally:
            running.stop()
    source = settings.url or settings.serve or settings.asgi
    text = written(Recording(datetime.now(UTC), source, suite_of([*asked.values()]), pictures))
    return Recorded(text, criterion.id, source, len(pictures))
