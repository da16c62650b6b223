"""What every command needs: the repository that it was started in, its plan, and how to answer."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.history import Since
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Record
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing, standings
from pytest_coordguard.locate import Location
from pytest_coordguard.suite import SuiteEntry

DONE, CLOSED, USAGE, UNVERIFIED = 0, 1, 4, 5  # as pytest's own exit statuses; its 5 is: no test was there
Act = Callable[[argparse.Namespace], int]  # one command: its options -> the exit status


class Trouble(Exception):
    """What the user asked for cannot be done; the message says why and what was meant."""


@dataclass(frozen=True, slots=True)
class Here:
    """The repository that the command was started in, and its plan."""

    location: Location
    plan: Plan
    suite: Mapping[str, SuiteEntry]
    own: Mapping[str, CheckSignature]  # the repository's own guardrails

    @property
    def root(self) -> Path:
        """The repository's root."""
        return self.location.root

    def record(self) -> Record | None:
        """Return what is on record."""
        from pytest_coordguard.publish import stored

        record, trouble = stored(self.root, self.plan)
        if trouble:
            raise Trouble(trouble)
        return record

    def standings(self) -> tuple[Standing, ...]:
        """Return where each criterion stands now."""
        from pytest_coordguard.standpoint import standpoint

        record = self._record_or_none_yet("")
        return standings(self.plan, record, standpoint(self.root, self.plan, record.run.id))

    def red(self, standing: Standing) -> Since | None:
        """Return from when on a criterion has not held, by the runs of this branch and the default one."""
        from pytest_coordguard.chronicle import history
        from pytest_coordguard.domain.history import of_branches, red_since
        from pytest_coordguard.domain.task_link import bare_branch
        from pytest_coordguard.facts import git

        runs, _ = history(self.root, self.plan.reports.audits)
        main = self.plan.base or git.default_branch(self.root) or ""
        mine = of_branches(runs, (git.branch(self.root) or "", bare_branch(main)))
        return red_since(mine, [standing.criterion.id]).get(standing.criterion.id)

    def of_gate(self, gate: str) -> GateStanding:
        """Return where a gate stands now.

        Raises:
            Trouble: the plan has no such gate.

        """
        from pytest_coordguard.standpoint import standpoint

        if gate not in self.plan.gates:
            raise Trouble(f"{gate!r} is no gate of the plan; it has: {', '.join(self.plan.gates)}")
        record = self._record_or_none_yet(gate)
        return gate_standing(self.plan, record, standpoint(self.root, self.plan, record.run.id), gate)

    def _record_or_none_yet(self, gate: str) -> Record:
        from pytest_coordguard.domain.record import RunRecord

        return self.record() or Record(RunRecord("", gate, "incomplete", ""))


def here(plan: str | None) -> Here:
    """Find and read the plan.

    Raises:
        Trouble: there is none, or it has errors.

    """
    from pytest_coordguard.docket import NoPlanError, open_plan

    folder = Path.cwd()
    try:
        found = open_plan(plan, folder, folder)
    except NoPlanError as error:
        raise Trouble(str(error)) from None
    return Here(found.location, found.plan, found.suite, found.own)


def say(options: argparse.Namespace, document: object, lines: Sequence[str]) -> None:
    """Answer: a document for a program that asked for JSON, else lines for a person."""
    print(json.dumps(document, indent=2) if options.json else "\n".join(lines))
