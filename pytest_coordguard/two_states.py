"""Judges the base of a pull request too, where the result of its merge is red: what it broke is told apart."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pytest_coordguard.docket import Docket
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Awaiting, CannotJudge, Finding, Unmet
from pytest_coordguard.domain.newly_broken import Findings, apart
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.pull_run import PullRun
from pytest_coordguard.ruling import Ruled
from pytest_coordguard.suite import SuiteEntry

OF_FILES = {"repo", "evidence", "plan", "change"}  # fixtures of a guardrail that looks at the files of a commit alone
OF_THE_CHANGE = ("change.", "review.", "pr.")  # checks that judge the change itself: its base has none
RUNS = {"run", "select"}  # parameters of a guardrail that runs something: it says the same of one fault as of ten
OF_ITS_FILES = ("change.data_parses",)  # those of them that judge the files that it touches, each by itself


def has_two_states(entry: SuiteEntry, docket: Docket) -> bool:
    """Tell whether a guardrail can judge the base of this run as it judges the result of the merge."""
    parameters = inspect.signature(entry.guardrail.function).parameters.values()
    asked = {each.name for each in parameters if each.default is inspect.Parameter.empty}
    others = asked - OF_FILES - entry.signature.parameters.keys()
    check = entry.guardrail.check
    judges_it = check.startswith(OF_THE_CHANGE) and check not in OF_ITS_FILES
    runs = RUNS & entry.signature.parameters.keys()
    return docket.pull is not None and "repo" in asked and not (others or judges_it or runs)


def in_two_states(criterion: Criterion, entry: SuiteEntry, docket: Docket) -> Callable[..., None]:
    """Return the function of an item that judges the merge, and the base too when the merge is red."""
    function = entry.guardrail.function

    def judged(**fixtures: Any) -> None:  # noqa: ANN401  # pytest's
        """Raise what is new alone; where nothing is, that it is as it was.

        A base that cannot be judged excuses nothing.
        """
        assert docket.pull is not None
        try:
            function(**fixtures, **criterion.parameters)
        except Awaiting:
            raise
        except Unmet as unmet:
            evidence: Evidence = fixtures["evidence"]
            before = _of_the_base(function, criterion, fixtures, docket.pull)
            as_it_was = lines_of_both(fixtures["repo"], docket.pull)
            new, known = apart(unmet.findings, before, docket.pull.renamed, as_it_was)
            evidence.already_there += known
            if new:
                raise Unmet(new) from None
            raise Ruled(Verdict.WAIVED, f"it did not hold before either: {len(known)} findings, none new") from None

    judged.__signature__ = unbound(entry, criterion)  # type: ignore[attr-defined]  # PEP 362; pytest reads it
    return judged


def unbound(entry: SuiteEntry, criterion: Criterion) -> inspect.Signature:
    """Return the signature of a guardrail without the parameters that its criterion gives: pytest's fixtures."""
    parameters = inspect.signature(entry.guardrail.function).parameters
    return inspect.Signature(
        [
            each
            for name, each in parameters.items()
            if name not in criterion.parameters and each.default is inspect.Parameter.empty
        ]
    )


def lines_of_both(repo: Repository, pull: PullRun) -> Callable[[Finding], bool]:
    """Return what tells whether the base has the line that a finding is on, wherever it has it in that file."""
    former = {now: before for before, now in pull.renamed.items()}
    base = pull.judged.before

    def has_it(finding: Finding) -> bool:
        if not finding.line:
            return True
        try:
            lines = repo.read(finding.path).splitlines()
            there = (base.content(former.get(finding.path, finding.path)) or b"").splitlines()
        except (OSError, CannotJudge):
            return False
        return finding.line <= len(lines) and lines[finding.line - 1] in there

    return has_it


def _of_the_base(
    function: Callable[..., None], criterion: Criterion, fixtures: dict[str, Any], pull: PullRun
) -> Findings:
    evidence: Evidence = fixtures["evidence"]
    there = {name: each for name, each in pull.base_fixtures().items() if name in fixtures}
    try:
        function(**{**fixtures, **criterion.parameters, **there, "evidence": Evidence()})
    except Unmet as unmet:
        return unmet.findings
    except Exception as error:  # noqa: BLE001  # whatever it is, it excuses no finding
        evidence.remark(f"its base could not be judged, so that each finding counts as new: {error}")
    return ()
