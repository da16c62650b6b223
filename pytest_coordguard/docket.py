"""What one gate run is about: the repository, the plan, the suite, the selection. Built once a process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.plan import Criterion, Plan
from pytest_coordguard.domain.service import Service, host_of
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.facts import git
from pytest_coordguard.facts.change import Change, RangeError, change_of_range, change_since
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.locate import Location, locate
from pytest_coordguard.own_guardrails import own_signatures
from pytest_coordguard.suite import SuiteEntry, SuiteError, suite

if TYPE_CHECKING:
    from pytest_coordguard.pull_run import PullRun

DOCKET = pytest.StashKey["Docket"]()


@dataclass(slots=True)
class Docket:
    """One gate run, as a process of it sees it."""

    location: Location
    gate: str
    plan: Plan
    suite: Mapping[str, SuiteEntry]
    repo: Repository
    run: str  # id of the run, shared by all its processes
    shared: Path  # a folder of this run alone, shared by all its processes
    prove: bool
    paths: tuple[str, ...]  # of the command line, relative to the root
    runner_args: tuple[str, ...]  # of the command line, meant for the repository's own pytest
    started: datetime
    change: Change
    base: Plan | None = None  # the plan as the base of this change has it
    base_known: bool = True
    base_note: str = ""
    own: Mapping[str, CheckSignature] = field(default_factory=dict)  # the repository's own guardrails
    before: dict[str, tuple[Finding, ...] | None] = field(default_factory=dict)  # findings without a planted fault
    pull: PullRun | None = None  # with --pr

    seen: list[Overview] = field(default_factory=list)  # one at most: what `view` has found

    @property
    def root(self) -> Path:
        """The repository's root."""
        return self.location.root

    @property
    def view(self) -> Overview:
        """Where all tasks stand, as of the record on disk; looked at when it is first asked for."""
        if not self.seen:
            from pytest_coordguard.lookout import look_around
            from pytest_coordguard.publish import stored

            record, _ = stored(self.root, self.plan)
            self.seen.append(look_around(self.root, self.plan, record, now=self.started))
        return self.seen[0]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that the gate selects, in the order of the plan; with a pull request, those that apply to it."""
        return (self.pull.selection.narrowed(self.plan) if self.pull else self.plan).of_gate(self.gate)


def open_docket(config: pytest.Config) -> Docket:
    """Read the plan and all that a gate run needs to know.

    Raises:
        pytest.UsageError: there is no plan, or it has errors; all of them are in the message.

    """
    if config.option.pr is not None:
        from pytest_coordguard.pull_docket import open_pull_docket

        return open_pull_docket(config)
    if config.option.post:
        raise pytest.UsageError("--post: says the verdict on a pull request's page; which one? --pr N --post")
    if config.option.pr_facts is not None:
        raise pytest.UsageError("--pr-facts: needs the number of the pull request too: --pr N --pr-facts FILE")
    try:
        found = open_plan(config.option.coordguard_plan, config.rootpath, config.invocation_params.dir)
    except NoPlanError as error:
        raise pytest.UsageError(str(error)) from None
    location, plan = found.location, found.plan
    gate = config.option.coordguard_judge
    if gate == "review_gate" and config.option.range is None:
        raise pytest.UsageError(
            "--pr: review_gate needs the number of the pull request, e.g. pytest -m review_gate --pr 123; "
            "a push has none, and is judged by its range: --range A..B"
        )
    _check_url(config.option.service_url, plan)
    paths, change = _paths(config, location.root), _change(config, location.root, plan)
    shared, run = session_of(config)  # last: nobody would take the folder away when the rest is amiss
    docket = Docket(
        location,
        gate,
        plan,
        found.suite,
        Repository(location.root),
        run,
        shared,
        config.option.prove,
        paths,
        runner_args(config),
        datetime.now(UTC),
        change,
        own=found.own,
    )
    _look_at_base(docket)
    return docket


def _check_url(given: str | None, plan: Plan) -> None:
    """Refuse a --service-url that is none, or that leads to a host which the plan does not allow."""
    if given is None:
        return
    host = host_of(given)
    if not given.startswith(("http://", "https://")) or not host:
        raise pytest.UsageError(f"--service-url: {given!r} is no URL; meant: as http://127.0.0.1:8000")
    if not (plan.service or Service()).allows(given):
        raise pytest.UsageError(
            f"--service-url: {host!r} is not this machine; meant: 'allow_hosts: [{host}]' under 'service' of the plan"
        )


class NoPlanError(Exception):
    """No plan can be read; the message says why, all faults in it."""


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan that was read, and the guardrails that it may call."""

    location: Location
    plan: Plan
    suite: Mapping[str, SuiteEntry]
    own: Mapping[str, CheckSignature]  # the repository's own guardrails, which are read and not imported


def open_plan(given: str | None, rootpath: Path, invocation: Path) -> OpenPlan:
    """Find and read the plan; the arguments are those of `locate`.

    Raises:
        NoPlanError: there is none, it cannot be read, it has errors, or an installed guardrail cannot be used.

    """
    try:
        location = locate(given, rootpath, invocation)
        entries = suite()
        text = location.plan.read_bytes()
        own = own_signatures(location.root, text.decode("utf-8", "replace"))
        return OpenPlan(location, read_plan(text, location.plan_name, signatures(entries, own)), entries, own)
    except (OSError, SuiteError) as error:
        raise NoPlanError(str(error)) from None
    except PlanError as error:
        raise NoPlanError(f"the plan has errors:\n{error}") from None


def signatures(entries: Mapping[str, SuiteEntry], own: Mapping[str, CheckSignature]) -> dict[str, CheckSignature]:
    """Return what a plan may call, by check name; the repository's own guardrails come first."""
    return {name: entry.signature for name, entry in entries.items()} | dict(own)


def session_of(config: pytest.Config) -> tuple[Path, str]:
    """Return the run's shared folder and id; a worker gets both from its controller."""
    given = getattr(config, "workerinput", {}).get("coordguard")
    if given:
        return Path(given["shared"]), given["run"]
    shared = Path(tempfile.mkdtemp(prefix="coordguard-run-"))
    return shared, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}"


def _paths(config: pytest.Config, root: Path) -> tuple[str, ...]:
    """Return the paths of the command line, relative to the root; those outside of it are refused."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return ()
    found = []
    for arg in config.args:
        path, mark, rest = arg.partition("::")
        full = (config.invocation_params.dir / path).resolve()
        if not full.is_relative_to(root):
            raise pytest.UsageError(f"{arg}: lies outside the repository {root}")
        if not full.exists():
            raise pytest.UsageError(f"file or directory not found: {arg}")
        found.append(full.relative_to(root).as_posix() + mark + rest)
    return tuple(found)


def runner_args(config: pytest.Config) -> tuple[str, ...]:
    """Return what of the command line is meant for the repository's own tests as well."""
    option = config.option
    args = [
        f"--{name.replace('_', '-')}={value}"
        for name in ("ignore", "ignore_glob", "deselect")
        for value in getattr(option, name, None) or ()
    ]
    if getattr(option, "reruns", None):
        args.append(f"--reruns={option.reruns}")
    workers = getattr(option, "numprocesses", None)
    if workers:
        args += ["-n", str(workers)]
    return tuple(args)


def _change(config: pytest.Config, root: Path, plan: Plan) -> Change:
    if config.option.range is None:
        return change_since(root, plan.base or _base_of_pull_request())
    try:
        return change_of_range(root, config.option.range)
    except RangeError as error:
        raise pytest.UsageError(str(error)) from None


def _look_at_base(docket: Docket) -> None:
    """Read the plan of the change's base, so that neither a criterion goes nor a waiver comes unseen."""
    root, name, change = docket.root, docket.location.plan_name, docket.change
    docket.base_note = change.note
    if change.base is None and change.asked:
        docket.base_known = False
        return
    if change.base is None and not git.is_only_branch(root):
        docket.base_known = False
        return
    base = change.base or git.head(root)
    if base is None:
        return
    text = git.show(root, base, name)
    if text is None:
        docket.base_note = f"the base {base[:9]} has no {name}"
        return
    try:
        docket.base = read_plan(text, name, signatures(docket.suite, docket.own))
    except PlanError as error:
        docket.base_known = False
        docket.base_note = f"the plan of the base {base[:9]} has errors: {str(error).splitlines()[0]}"


def _base_of_pull_request() -> str:
    """Return what GitHub Actions names as a pull request's base, "" when this is none."""
    name = os.environ.get("GITHUB_BASE_REF", "")
    return f"origin/{name}" if name else ""
