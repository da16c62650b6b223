"""Which guardrails judge the base of a pull request too: those that look at files, and none that judges the change."""

from types import SimpleNamespace

from pytest_coordguard.suite import suite
from pytest_coordguard.two_states import has_two_states


def test_what_looks_at_files_alone_has_two_states_and_what_judges_the_change_has_not():
    docket = SimpleNamespace(pull=object())
    entries = suite()
    both = {check for check, entry in entries.items() if has_two_states(entry, docket)}
    once = sorted(check for check in entries if check not in both)

    assert {"imports.lanes", "secrets.absent", "openapi.valid", "lint.clean", "code.no_silent_except"} <= both
    assert not both & {"command.succeeds", "openapi.fresh", "coverage.minimum"}
    of_the_change = ("change.", "pr.", "review.", "slo.", "task")
    assert [check for check in both if check.startswith(of_the_change)] == ["change.data_parses"]
    assert {"change.bounded", "change.not_empty", "pr.described", "review.critical", "branches.conflict_free"} <= set(
        once
    )


def test_a_run_without_a_pull_request_has_one_state():
    docket = SimpleNamespace(pull=None)

    assert not [check for check, entry in suite().items() if has_two_states(entry, docket)]
