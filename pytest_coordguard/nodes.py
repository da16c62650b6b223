"""The packaged suite as collection nodes of our own: one item a criterion, plain pytest functions inside."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_coordguard.docket import DOCKET, Docket
from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, Planted, Violation
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.reports.redact import redact
from pytest_coordguard.ruling import Ruled
from pytest_coordguard.suite import SuiteEntry
from pytest_coordguard.two_states import has_two_states, in_two_states, unbound

CRITERION = pytest.StashKey[Criterion]()
EVIDENCE = pytest.StashKey[Evidence]()
Found = tuple[Finding, ...] | None  # what a guardrail finds; None when the criterion holds
SHOWN = 12  # lines of findings in pytest's own section of failures
PLANTED = pytest.StashKey[str]()  # the violation that an item plants; not there on the check itself


class Suite(pytest.Collector):
    """All guardrails that the gate's criteria call, and the criteria that the repository's own tests claim."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield one collector a guardrail module, then the claims."""
        docket = self.config.stash[DOCKET]
        used = {criterion.check: None for criterion in docket.criteria if criterion.check in docket.suite}
        modules = {docket.suite[check].module.__name__: docket.suite[check].module for check in used if check}
        for name, module in sorted(modules.items()):
            short = name.rpartition(".")[2]
            file = Path(str(module.__file__))
            yield SuiteModule.from_parent(self, path=file, name=f"{short}.py", nodeid=f"coordguard/{short}.py")
        yield Claims.from_parent(self, name="claims", nodeid="coordguard/claims")


class SuiteModule(pytest.Module):
    """One module of the suite, imported by its dotted name; never by its path."""

    def _getobj(self) -> ModuleType:
        docket = self.config.stash[DOCKET]
        return next(e.module for e in docket.suite.values() if Path(str(e.module.__file__)) == self.path)

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each criterion that calls a guardrail of this module, then its proofs when asked for."""
        docket = self.config.stash[DOCKET]
        for criterion in docket.criteria:
            entry = docket.suite.get(criterion.check or "")
            if entry is None or Path(str(entry.module.__file__)) != self.path:
                continue
            yield self._item(criterion, entry, None)
            if docket.prove:
                for violation in entry.guardrail.violations:
                    yield self._item(criterion, entry, violation)

    def _item(self, criterion: Criterion, entry: SuiteEntry, violation: Violation | None) -> pytest.Item:
        function = entry.guardrail.function
        bound: Callable[..., None] = functools.partial(function, **criterion.parameters)
        name = f"{function.__name__}[{criterion.id}]"
        if violation is None and has_two_states(entry, self.config.stash[DOCKET]):
            bound = in_two_states(criterion, entry, self.config.stash[DOCKET])
        if violation is not None:
            bound = _planting(criterion, entry, violation, self.config.stash[DOCKET])
            name = f"{function.__name__}[{criterion.id}, planted: {violation.name}]"
        item: GuardrailItem = GuardrailItem.from_parent(self, name=name, callobj=bound)
        item.mark_as(criterion, docket=self.config.stash[DOCKET])
        item.originalname = function.__name__
        if violation is not None:
            item.stash[PLANTED] = violation.name
        return item


class GuardrailItem(pytest.Function):
    """A guardrail called with one criterion's parameters; a failure reads as findings, not as a traceback."""

    def mark_as(self, criterion: Criterion, docket: Docket) -> None:
        """Bind the item to its criterion: its keywords, its gate's mark."""
        _bind(self, criterion, docket.gate)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002  # pytest's
        """Show findings as lines; show the traceback of anything else, since that is news about the check."""
        if isinstance(excinfo.value, (Unmet, Ruled, Vacuous, CannotJudge)):
            return listed(str(excinfo.value).splitlines())
        return redact(str(super().repr_failure(excinfo)))


class Claims(pytest.Collector):
    """The criteria that no guardrail verifies, and those that the plan names tests for."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each of them."""
        docket = self.config.stash[DOCKET]
        for criterion in docket.criteria:
            if criterion.tests or criterion.check is None or criterion.check in docket.own:
                item = ClaimItem.from_parent(
                    self, name=f"claim[{criterion.id}]", nodeid=f"coordguard/claims::claim[{criterion.id}]"
                )
                _bind(item, criterion, docket.gate)
                for name in criterion.tests:
                    item.extra_keyword_matches.add(name)
                yield item


class ClaimItem(pytest.Item):
    """Asks the runner what became of the repository's own tests for one criterion."""

    def runtest(self) -> None:
        """Return when the claim is met.

        Raises:
            Ruled: with the verdict that it has instead.

        """
        from pytest_coordguard.witnessing import claim_of

        criterion = self.stash[CRITERION]
        self.stash[EVIDENCE] = evidence = Evidence()
        found = claim_of(self.session, self.config.stash[DOCKET], criterion)
        evidence.measured("tests", len(found.tests), at_least=1)
        self.user_properties.append(("coordguard_tests", list(found.tests)))
        self.user_properties.append(("coordguard_flaky", found.flaky))
        if found.verdict is not Verdict.MET:
            raise Ruled(found.verdict, found.message, found.findings)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Place the item in the plan, where its criterion stands."""
        docket = self.config.stash[DOCKET]
        return docket.location.plan, self.stash[CRITERION].line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002  # pytest's
        """Show the verdict and its findings."""
        if isinstance(excinfo.value, Ruled):
            lines = [f"{excinfo.value.verdict.word}: {excinfo.value.message}", *map(str, excinfo.value.findings)]
            return listed(list(dict.fromkeys(lines)))
        return redact(str(super().repr_failure(excinfo)))


def listed(lines: list[str]) -> str:
    """Return the first lines of a long list, fit to be shown: no credential in them, and the rest counted."""
    more = [f"… and {len(lines) - SHOWN} more, in the reports"] if len(lines) > SHOWN else []
    return redact("\n".join([*lines[:SHOWN], *more]))


def _bind(item: pytest.Item, criterion: Criterion, gate: str) -> None:
    item.stash[CRITERION] = criterion
    item.add_marker(gate)
    item.extra_keyword_matches.update({criterion.id, criterion.task, criterion.check or "", criterion.text})


def _planting(criterion: Criterion, entry: SuiteEntry, violation: Violation, docket: Docket) -> Callable[..., None]:
    """Return the function of a proof: it asks for the guardrail's fixtures and runs it on a planted fault."""

    def planted(**fixtures: object) -> None:
        """Plant a fault in a view of the repository and see that the guardrail finds it.

        A guardrail that is red already must find the planted fault beside the others.
        """
        try:
            fault = violation.changes(**{**fixtures, **criterion.parameters})
        except CannotPlant as error:
            pytest.skip(f"cannot be planted here: {error}")
        except (Vacuous, CannotJudge) as error:
            pytest.skip(f"cannot be judged without a fault either: {error}")
        if criterion.id not in docket.before:
            try:
                docket.before[criterion.id] = _findings(entry, criterion.parameters, fixtures)
            except (Vacuous, CannotJudge) as error:
                pytest.skip(f"cannot be judged without a fault either: {error}")
        before = docket.before[criterion.id]
        with _planted(fault, fixtures) as changed:
            after = _findings_behind(violation, entry, criterion.parameters, {**fixtures, **changed})
            if isinstance(fault, Fault):
                (reached,) = changed.values()
                _see_its_effect(reached, before, after)
        if after is None or (before is not None and not set(after) - set(before)):
            raise Ruled(Verdict.BROKEN, f"stays green on a planted fault: {violation.name} {_place(fault)}")

    planted.__signature__ = unbound(entry, criterion)  # type: ignore[attr-defined]  # PEP 362; pytest reads it
    return planted


def _place(fault: Planted) -> str:
    """Say where a fault was planted."""
    if isinstance(fault, Fault):
        return "between check and service"
    if isinstance(fault, PullFacts):
        return "in the pull request"
    return f"in {', '.join(sorted(fault)[:3])}" if isinstance(fault, Mapping) else "in what is known of the work"


def _findings_behind(
    violation: Violation, entry: SuiteEntry, parameters: Mapping[str, Any], fixtures: Mapping[str, Any]
) -> Found:
    """Return what a guardrail finds behind a fault; of one that blinds it, this is that it saw nothing."""
    try:
        return _findings(entry, parameters, fixtures)
    except Vacuous as error:
        if not violation.blinds:
            raise
        return (Finding("", 0, f"vacuous: {error}"),)


def _see_its_effect(service: Any, before: Found, after: Found) -> None:  # noqa: ANN401  # see `fixtures`
    """Skip a fault that says nothing of its guardrail: nothing passed that it could spoil, or all is spoilt already."""
    if not service.spoilt:
        pytest.skip("cannot be planted here: nothing passed that it could spoil")
    if before and after and not set(after) - set(before):
        pytest.skip("cannot be told from what is wrong without it")


@contextmanager
def _planted(fault: Planted, fixtures: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Give the fixture that has the fault: a view of the repository, a service behind a proxy, other facts."""
    if isinstance(fault, PullFacts):
        yield {"pull": fault}
    elif isinstance(fault, Fault):
        name, reached = next((name, each) for name, each in fixtures.items() if hasattr(each, "through"))
        with reached.through(fault) as behind:
            yield {name: behind}
    elif isinstance(fault, Overview):
        yield {"view": fault}
    elif isinstance(fault, Conflicts):
        yield {"clashes": fault}
    else:
        repo = fixtures["repo"]
        assert isinstance(repo, Repository)
        yield {"repo": repo.with_changes(fault)}


def _findings(entry: SuiteEntry, parameters: Mapping[str, Any], fixtures: Mapping[str, Any]) -> Found:
    """Return what a guardrail finds, None when it holds; what it measures on the way is nobody's evidence."""
    try:
        entry.guardrail.function(**parameters, **{**fixtures, "evidence": Evidence()})
    except Unmet as unmet:
        return unmet.findings
    except AssertionError as error:
        return (Finding("", 0, str(error)),)
    return None


def suite_node(session: pytest.Session) -> Suite:
    """Return the root of the suite's nodes."""
    suite: Suite = Suite.from_parent(session, name="coordguard", nodeid="coordguard")
    return suite
