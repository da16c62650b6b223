"""The docket of a pull request: the rules come from its base, what is judged from the merge with it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_coordguard.docket import Docket, runner_args, session_of, signatures
from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.pull_request_json import FactsError
from pytest_coordguard.domain.selection import changed_rules, selection
from pytest_coordguard.facts import git
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.facts.pull_request.by_git import change_of, repository_of
from pytest_coordguard.facts.pull_request.sides import NoPullRequest
from pytest_coordguard.locate import Location, locate
from pytest_coordguard.own_guardrails import own_signatures
from pytest_coordguard.pull_rules import brought
from pytest_coordguard.pull_run import PullRun, base_named, look, write_base_files
from pytest_coordguard.pull_sources import Sources
from pytest_coordguard.suite import SuiteError, suite

if TYPE_CHECKING:
    from pytest_coordguard.post_verdict import Post


def open_pull_docket(config: pytest.Config) -> Docket:
    """Return the docket of a gate run with `--pr N`.

    Raises:
        pytest.UsageError: the pull request or its rules cannot be read; the message says why.

    """
    if config.option.range is not None:
        raise pytest.UsageError("--pr and --range: a run judges one of them")
    if config.option.post and config.option.pr_facts is not None:
        raise pytest.UsageError("--post and --pr-facts: what was saved may have changed since, so it is not posted")
    if config.args_source is pytest.Config.ArgsSource.ARGS and config.args:
        raise pytest.UsageError(f"{config.args[0]}: with --pr no path is taken: what is judged is not checked out")
    shared, run = session_of(config)
    try:
        return _open(config, shared, run)
    except (NoPullRequest, FactsError, CannotJudge, OSError, SuiteError) as error:
        shutil.rmtree(shared, ignore_errors=True)
        raise pytest.UsageError(str(error)) from None
    except PlanError as error:
        shutil.rmtree(shared, ignore_errors=True)
        raise pytest.UsageError(f"the plan has errors:\n{error}") from None


def _open(config: pytest.Config, shared: Path, run: str) -> Docket:
    location = locate(config.option.coordguard_plan, config.rootpath, config.invocation_params.dir)
    number: int = config.option.pr
    given = config.option.pr_facts
    file = config.invocation_params.dir / given if given is not None else None
    sources = Sources(location.root, number, file, given or "", config.option.token_env or "")
    pull, first = look(location.root, shared, number, sources.ask, lambda: base_named(_plan_of_default(location)))
    if first:
        pull.look_again = sources.again if sources.can_be_asked_again else None
        pull.post = _post(config, sources)
    entries = suite()
    text = _rules(location, pull)
    pull.base_files = write_base_files(pull.judged.before, text, shared / "rules")
    own = own_signatures(shared / "rules", text.decode("utf-8", "replace"))
    plan = read_plan(text, location.plan_name, signatures(entries, own))
    gate = config.option.coordguard_judge
    pull.selection = selection(plan, gate, pull.facts)
    if first:
        changed = changed_rules(plan, pull.facts)
        pull.rules = brought(pull, location.plan_name, text, shared / "new-rules", signatures(entries, {}), changed)
    return Docket(
        location,
        gate,
        plan,
        entries,
        repository_of(pull.judged, shared / "judged" / "tree"),
        run,
        shared,
        config.option.prove,
        (),
        runner_args(config),
        datetime.now(UTC),
        change_of(location.root, pull.judged),
        base=plan,
        own=own,
        pull=pull,
    )


def _post(config: pytest.Config, sources: Sources) -> Post | None:
    """Return what says the verdict on the page, None where nobody asks for it.

    Raises:
        NoPullRequest: it is asked for, and there is nowhere to say it.

    """
    if not config.option.post:
        return None
    there = sources.forge
    if there is None:
        raise NoPullRequest(f"--post: {sources.unasked}")
    from pytest_coordguard.facts.github.host import Host
    from pytest_coordguard.post_verdict import Post

    return Post(Host(there.rest, there.graphql, there.token), there.repository, config.option.post)


def _is_inside(location: Location) -> bool:
    return location.plan.is_relative_to(location.root)


def _plan_of_default(location: Location) -> bytes | None:
    """Return the plan that may name the base: never that of the pull request, which could be what is checked out."""
    if not _is_inside(location):
        return location.plan.read_bytes()
    default = git.default_branch(location.root)
    return git.show(location.root, default, location.plan_name) if default else None


def _rules(location: Location, pull: PullRun) -> bytes:
    """Return the text of the plan that the pull request is judged by.

    A plan inside the repository is the base's; one outside is whoever's started the run. Where the base has none, the
    pull request's own is read, and the gate stays closed.

    Raises:
        NoPullRequest: neither has one.

    """
    if not _is_inside(location):
        return location.plan.read_bytes()
    for tree, is_its_own in ((pull.judged.before, False), (pull.judged.after, True)):
        text = tree.content(location.plan_name)
        if text is not None:
            pull.brought = is_its_own
            return text
    raise NoPullRequest(
        f"--pr {pull.number}: neither its base nor its head has {location.plan_name}; "
        "name a plan that lies outside of the repository: --coordguard-plan FILE"
    )


def shown_plan(docket: Docket) -> Plan:
    """Return the plan that the reports of a run speak of: with a pull request, what applies to it."""
    return docket.pull.selection.narrowed(docket.plan) if docket.pull else docket.plan
