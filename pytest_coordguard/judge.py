"""The judge's hooks. Registered in a gate run alone; they translate between pytest and the domain."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_coordguard import fixtures
from pytest_coordguard.docket import DOCKET, Docket, open_docket
from pytest_coordguard.facts.runner import search_path
from pytest_coordguard.ledger import Ledger
from pytest_coordguard.nodes import CRITERION, EVIDENCE, PLANTED, suite_node
from pytest_coordguard.ruling import ruling_of

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

POLL = 0.5  # seconds between two looks at whether the controller lives


def configure(config: pytest.Config) -> None:
    """Open the docket, in the controller and in each worker; keep the ledger in the controller alone.

    Raises:
        pytest.UsageError: the plan cannot be read, or an option is amiss.

    """
    docket = open_docket(config)
    config.stash[DOCKET] = docket
    os.environ["PATH"] = search_path(docket.plan.runner, docket.root, os.environ)
    config.args = []  # the judge collects nothing of the repository: its paths go to the runner
    config.pluginmanager.register(fixtures, "coordguard-fixtures")
    config.pluginmanager.register(Bench(), "coordguard-bench")
    for gate in docket.plan.gates:
        config.addinivalue_line("markers", f"{gate}: selects the criteria of this gate")
    if hasattr(config, "workerinput"):
        _end_with_the_controller()
        return
    config.pluginmanager.register(Ledger(config, docket), "coordguard-ledger")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(Controller(docket), "coordguard-controller")


def _end_with_the_controller() -> None:
    """End this worker when its controller was killed: one that waits for the runner would not notice for minutes."""
    controller = os.getppid()

    def wait() -> None:
        while os.getppid() == controller:
            time.sleep(POLL)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="coordguard-worker").start()


class Bench:
    """Collects the suite and rules on each phase of each item; in every process of the judge."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Add the suite to what the session collects."""
        outcome = yield
        if isinstance(collector, pytest.Session):
            report = outcome.get_result()
            report.result = [*report.result, suite_node(collector)]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        """Decide the verdict of a phase here, where the exception still is an object."""
        outcome = yield
        criterion = item.stash.get(CRITERION, None)
        if criterion is None:
            return
        report = outcome.get_result()
        report.coordguard = ruling_of(
            criterion.id,
            call.excinfo.value if call.excinfo else None,
            when=call.when,
            seconds=call.duration,
            evidence=item.stash.get(EVIDENCE, None),
            planted=item.stash.get(PLANTED, None),
            properties=dict(item.user_properties),
        )


class Controller:
    """Tells each worker which run it belongs to; registered only where xdist is."""

    def __init__(self, docket: Docket) -> None:
        self.docket = docket

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Give a worker the run's id and shared folder."""
        node.workerinput["coordguard"] = {"shared": str(self.docket.shared), "run": self.docket.run}
