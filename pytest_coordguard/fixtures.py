"""What a guardrail may ask for by name beside its own parameters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_coordguard.docket import DOCKET, Docket
from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.nodes import EVIDENCE

if TYPE_CHECKING:
    from pytest_coordguard.facts.prometheus import Monitoring
    from pytest_coordguard.facts.service.service import Running, Service

MOST_DAYS = 90  # an open change that nobody has touched for longer is left out
SERVICE: pytest.StashKey[Running] = pytest.StashKey()


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Where a guardrail notes what its verdict rests on."""
    return request.node.stash.setdefault(EVIDENCE, Evidence())  # type: ignore[no-any-return]


@pytest.fixture
def repo(docket: Docket) -> Repository:
    """The repository that is judged, as data."""
    return docket.repo


@pytest.fixture
def plan(docket: Docket) -> Plan:
    """The plan that asks for the criterion."""
    return docket.plan


@pytest.fixture
def change(docket: Docket) -> Change:
    """What is judged of the repository's history: from the base to what is checked out."""
    return docket.change


@pytest.fixture
def service(pytestconfig: pytest.Config, docket: Docket, evidence: Evidence) -> Service:
    """The running service of the plan; it is started when it is first asked, once a process."""
    from pytest_coordguard.facts.service.service import Running, Service, settings_of

    running = pytestconfig.stash.get(SERVICE, None)
    if running is None:
        given = pytestconfig.option.service_url
        folder = docket.shared / f"service-{os.getpid()}"
        running = Running(settings_of(docket.plan, given), docket.root, docket.plan.runner, folder, given or "")
        pytestconfig.stash[SERVICE] = running
        pytestconfig.add_cleanup(running.stop)
    return Service(running, evidence)


@pytest.fixture
def pull(docket: Docket) -> PullFacts:
    """What is known of the pull request that is judged: nothing when none is."""
    return docket.pull.facts if docket.pull else PullFacts(0).with_reason("no pull request is judged; --pr N names one")


@pytest.fixture
def monitoring() -> Monitoring:
    """Where a guardrail gets at a Prometheus, by the URL that the plan names."""
    from pytest_coordguard.facts.prometheus import Monitoring

    return Monitoring()


@pytest.fixture
def clashes(docket: Docket) -> Conflicts:
    """How all open changes merge with the default branch and with each other."""
    from pytest_coordguard.facts.branches.conflicts import chosen, conflicts

    work = docket.view.work
    return conflicts(docket.root, work, chosen(work, days=MOST_DAYS, every=True))


@pytest.fixture
def view(docket: Docket) -> Overview:
    """Where all tasks stand: plan, record, branches and earlier runs together."""
    return docket.view


@pytest.fixture
def docket(pytestconfig: pytest.Config) -> Docket:
    """The whole gate run, for guardrails that judge the run itself."""
    return pytestconfig.stash[DOCKET]
