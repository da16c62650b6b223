"""What the witness saw outweighs what was reported, whether or not a hook can be named for it."""

import pytest

from pytest_coordguard.domain.testimony import Testimony, Unread, claim_verdict

NEVER_ENTERED = (
    "tampered by a hook that does not show: reported as passed, and its body was never entered, or never awaited"
)
ROW = {"id": "t.py::test_x", "path": "t.py", "line": 3, "test": "test_x", "criteria": ["T-1/x"], "unknown": []}


def told(call):
    """Return the testimony of one test with this call, and all else as it should be."""
    testimony = Testimony()
    fine = {"e": "phase", "id": ROW["id"], "raised": "", "reported": "passed"}
    for event in (
        {"e": "collected", "items": [ROW], "total": 1},
        {"e": "start", "id": ROW["id"]},
        {**fine, "when": "setup"},
        {**fine, "when": "call", "body": "returned", "hooks": [], **call},
        {**fine, "when": "teardown"},
        {"e": "finish", "id": ROW["id"]},
    ):
        testimony.hear(event)
    return testimony


@pytest.mark.parametrize(
    ("call", "verdict", "message"),
    [
        ({}, "met", ""),
        (
            {"body": "xfailed"},
            "broken",
            "tampered by a hook that does not show: it xfailed, and was reported as passed",
        ),
        (
            {"body": "failed"},
            "broken",
            "tampered by a hook that does not show: it failed, and was reported as passed",
        ),
        (
            {"body": "error OSError", "hooks": ["conftest.py (pytest_runtest_call)"]},
            "broken",
            "tampered by conftest.py (pytest_runtest_call): it error OSError, and was reported as passed",
        ),
        (
            {"raised": "failed"},
            "broken",
            "tampered by a hook that does not show: it failed, and was reported as passed",
        ),
        (
            {"body": "not entered"},
            "broken",
            NEVER_ENTERED,
        ),
        ({"raised": "failed", "body": "failed", "reported": "failed", "text": "no"}, "unmet", "no"),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_a_body_that_failed_is_never_met(call, verdict, message):
    """A `unittest` whose failures are forgotten raises nothing and calls no hook of the repository's."""
    found = claim_verdict("T-1/x", (), told(call), Unread(), flaky_opens=False)

    assert (found.verdict.word, found.message) == (verdict, message)
