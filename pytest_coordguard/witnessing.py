"""One run of the repository's own tests for all claims of a gate run, whichever process asks first."""

from __future__ import annotations

import fcntl
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_coordguard.docket import Docket
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.domain.testimony import ClaimVerdict, Testimony, claim_verdict
from pytest_coordguard.facts.runner import Request, testify
from pytest_coordguard.facts.vacuity import VacuityReader
from pytest_coordguard.nodes import CRITERION, ClaimItem

FILE = "heard.pickle"  # lies in the run's own folder, mode 0700, written and read by its processes alone


@dataclass(frozen=True, slots=True)
class Heard:
    """What the run of the repository's own tests brought: what the witness said, and what their text says."""

    testimony: Testimony
    reader: VacuityReader


HEARD = pytest.StashKey[Heard]()


def claim_of(session: pytest.Session, docket: Docket, criterion: Criterion) -> ClaimVerdict:
    """Return what the repository's own tests say of a criterion, running them when no process has yet."""
    return verdict_of(docket, criterion, heard(session, docket))


def verdict_of(docket: Docket, criterion: Criterion, found: Heard) -> ClaimVerdict:
    """Return what a testimony says of a criterion."""
    opens = docket.plan.runner.flaky == "open"
    return claim_verdict(criterion.id, criterion.tests, found.testimony, found.reader, flaky_opens=opens)


def heard(session: pytest.Session, docket: Docket) -> Heard:
    """Return what this gate run heard; the first process that asks runs the tests, the others wait."""
    known = session.config.stash.get(HEARD, None)
    if known is not None:
        return known
    with (docket.shared / "runner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = on_disk(docket)
        if found is None:
            found = _hear(session, docket)
            _leave(docket.shared / FILE, found)
    session.config.stash[HEARD] = found
    return found


def _leave(file: Path, found: Heard) -> None:
    """Put what was heard on disk at once: a process that is killed meanwhile leaves no half of it to the others."""
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps(found))
    part.replace(file)


def _hear(session: pytest.Session, docket: Docket) -> Heard:
    testimony = testify(_request(session, docket), docket.plan.runner)
    reader = VacuityReader(docket.repo)
    reader.read((row.path, row.test, row.code) for row in testimony.rows.values())
    return Heard(testimony, reader)


def testimony_of(config: pytest.Config, docket: Docket) -> Testimony | None:
    """Return what the witness said in this gate run, None when no process has asked it."""
    found = config.stash.get(HEARD, None) or on_disk(docket)
    return found.testimony if found else None


def on_disk(docket: Docket) -> Heard | None:
    """Return what some process of this gate run has heard, None when none has."""
    file = docket.shared / FILE
    if not file.exists():
        return None
    found: Heard = pickle.loads(file.read_bytes())  # noqa: S301  # our own file in our own 0700 folder
    return found


def _request(session: pytest.Session, docket: Docket) -> Request:
    own: dict[str, dict[str, dict[str, object]]] = {}
    items = [item for item in session.items if isinstance(item, ClaimItem)]
    for item in items:
        criterion = item.stash[CRITERION]
        if criterion.check in docket.own:
            own.setdefault(str(criterion.check), {})[criterion.id] = dict(criterion.parameters)
    return Request(
        root=docket.pull.runner_folder() if docket.pull else docket.root,
        home=docket.root,
        gate=docket.gate,
        criteria=tuple(criterion.id for criterion in docket.plan.criteria),
        select=tuple(item.stash[CRITERION].id for item in items),
        claims={criterion.id: criterion.tests for criterion in docket.plan.criteria if criterion.tests},
        folders=(*docket.plan.tests, *(docket.plan.guardrails if own else ())),
        paths=docket.paths,
        args=docket.runner_args,
        guardrails=own,
    )
