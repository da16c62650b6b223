"""The rules that a pull request brings along, read as data from its commit. None of them is run, and none decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.domain.new_rules import NewRules, new_rules
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Record
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.facts.codeowners import PLACES, CodeOwners
from pytest_coordguard.facts.git_tree import GitTree
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.own_guardrails import own_signatures
from pytest_coordguard.pull_run import PullRun, write_base_files

FAULTS = 3  # of a plan that cannot be read


@dataclass(frozen=True, slots=True)
class Brought:
    """The rules of a pull request's head, as far as they can be read."""

    plan: Plan | None  # None: it does not change the plan, or what it makes of it cannot be read
    says: tuple[str, ...]  # what is different beside the plan
    changed_checks: frozenset[str]  # guardrails of the repository that it changes

    def against(self, old: Plan, gate: str, pull: PullRun, record: Record) -> NewRules:
        """Return what they would say of the pull request that was judged by the old ones."""
        known = {each.id: each for each in record.criteria}
        today = record.today or date.min
        found = new_rules(
            old, self.plan or old, gate, pull.facts, known, today=today, changed_checks=self.changed_checks
        )
        return NewRules((*self.says, *found.says), found.verdicts)


def brought(
    pull: PullRun, name: str, text: bytes, folder: Path, suite: Mapping[str, CheckSignature], changed: tuple[str, ...]
) -> Brought | None:
    """Return the rules that a pull request brings; None when it changes none.

    Args:
        pull: the pull request.
        name: of the plan's file; an absolute one lies outside of the repository, and no pull request changes it.
        text: of the plan that it is judged by.
        folder: of this run alone, where its guardrails are written to be read as text.
        suite: the guardrails of this package.
        changed: the files that it changes of the rules.

    """
    if not changed:
        return None
    before, after = pull.judged.before, pull.judged.after
    says = [*_guardrails(pull.base_files, after), *_code_owners(before, after)]
    given = after.content(name) if name in changed else text
    if given is None:
        return Brought(None, (f"{name} would be gone: nothing would be asked for", *says), frozenset())
    files = write_base_files(after, given, folder)
    try:
        own = own_signatures(folder, given.decode("utf-8", "replace"))
        plan = read_plan(given, name, {**suite, **own})
    except PlanError as error:
        lines = str(error).splitlines()
        return Brought(None, (*(f"its rules have errors: {line}" for line in lines[:FAULTS]), *says), frozenset())
    differ = files != dict(pull.base_files)
    return Brought(plan if name in changed else None, tuple(says), frozenset(own) if differ else frozenset())


def _guardrails(base: Mapping[str, bytes], after: GitTree) -> Iterator[str]:
    for path, content in sorted(base.items()):
        now = after.content(path)
        if now is None:
            yield f"the guardrails in {path} would be gone"
        elif now != content:
            yield f"the guardrails in {path} would be others; those of the base are run, and these are not"


def _code_owners(before: GitTree, after: GitTree) -> Iterator[str]:
    was, now = _owners(before), _owners(after)
    yield from (f"CODEOWNERS would be without: {line}" for line in was if line not in now)
    yield from (f"CODEOWNERS would say: {line}" for line in now if line not in was)


def _owners(tree: GitTree) -> list[str]:
    text = next((found for place in PLACES if (found := tree.content(place)) is not None), b"")
    rules = CodeOwners(text.decode("utf-8", "replace")).rules
    return [" ".join((rule.pattern, *rule.owners)) for rule in rules]
