"""One run of the repository's own tests for all claims of a gate run, whichever process asks first."""

from __future__ import annotations

import fcntl
import pickle

import pytest

from pytest_coordguard.docket import Docket
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.domain.testimony import ClaimVerdict, Testimony, claim_verdict
from pytest_coordguard.facts.runner import Request, testify
from pytest_coordguard.facts.vacuity import VacuityReader
from pytest_coordguard.nodes import CRITERION, ClaimItem

TESTIMONY = pytest.StashKey[Testimony]()
READER = pytest.StashKey[VacuityReader]()
FILE = "testimony.pickle"  # lies in the run's own folder, mode 0700, written and read by its processes alone


def claim_of(session: pytest.Session, docket: Docket, criterion: Criterion) -> ClaimVerdict:
    """Return what the repository's own tests say of a criterion, running them when no process has yet."""
    testimony = heard(session, docket)
    return verdict_of(docket, criterion, testimony, session.config)


def verdict_of(docket: Docket, criterion: Criterion, testimony: Testimony, config: pytest.Config) -> ClaimVerdict:
    """Return what a testimony says of a criterion."""
    reader = config.stash.setdefault(READER, VacuityReader(docket.repo))
    opens = docket.plan.runner.flaky == "open"
    return claim_verdict(criterion.id, criterion.tests, testimony, reader, flaky_opens=opens)


def heard(session: pytest.Session, docket: Docket) -> Testimony:
    """Return the testimony of this gate run; the first process that asks runs the tests, the others wait."""
    known = session.config.stash.get(TESTIMONY, None)
    if known is not None:
        return known
    with (docket.shared / "runner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        testimony = on_disk(docket)
        if testimony is None:
            testimony = testify(_request(session, docket), docket.plan.runner)
            (docket.shared / FILE).write_bytes(pickle.dumps(testimony))
    session.config.stash[TESTIMONY] = testimony
    return testimony


def on_disk(docket: Docket) -> Testimony | None:
    """Return the testimony that some process of this gate run has left, None when none has."""
    file = docket.shared / FILE
    if not file.exists():
        return None
    testimony: Testimony = pickle.loads(file.read_bytes())  # noqa: S301  # our own file in our own 0700 folder
    return testimony


def _request(session: pytest.Session, docket: Docket) -> Request:
    own: dict[str, dict[str, dict[str, object]]] = {}
    items = [item for item in session.items if isinstance(item, ClaimItem)]
    for item in items:
        criterion = item.stash[CRITERION]
        if criterion.check in docket.own:
            own.setdefault(str(criterion.check), {})[criterion.id] = dict(criterion.parameters)
    return Request(
        root=docket.root,
        gate=docket.gate,
        criteria=tuple(criterion.id for criterion in docket.plan.criteria),
        select=tuple(item.stash[CRITERION].id for item in items),
        claims={criterion.id: criterion.tests for criterion in docket.plan.criteria if criterion.tests},
        folders=(*docket.plan.tests, *(docket.plan.guardrails if own else ())),
        paths=docket.paths,
        args=docket.runner_args,
        guardrails=own,
    )
