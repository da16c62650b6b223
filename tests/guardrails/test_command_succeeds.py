"""`command.succeeds`: run to the end, in time, with what it should print and make."""

import os
import sys
import time

import pytest
from pytest_coordguard.guardrails.test_commands import test_command_succeeds as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.command import CannotRun
from pytest_coordguard.facts.repository import Repository

check.__test__ = False
(RUIN,) = described(check).violations


def judge(root, run, **parameters):
    evidence = Evidence()
    check(Repository(root), evidence, run, **parameters)
    return evidence


def unmet(root, run, **parameters):
    with pytest.raises(Unmet) as raised:
        judge(root, run, **parameters)
    return [str(finding) for finding in raised.value.findings]


def test_a_command_that_ends_well_is_met(tmp_path):
    evidence = judge(tmp_path, "true")

    assert (evidence.measures[0].name, evidence.measures[0].value) == ("exit status", 0)


def test_a_command_that_fails_shows_its_last_lines(tmp_path):
    line = "seq 1 40; exit 3"

    assert unmet(tmp_path, line, shell=True) == [
        "`seq 1 40; exit 3` ended with exit status 3\n" + "\n".join(map(str, range(26, 41)))
    ]


def test_a_command_killed_by_a_signal_says_so(tmp_path):
    assert unmet(tmp_path, "kill -SEGV $$", shell=True) == ["`kill -SEGV $$` was ended by signal 11"]


def test_another_exit_status_can_be_wanted(tmp_path):
    judge(tmp_path, "exit 3", shell=True, exit=3)
    assert unmet(tmp_path, "true", exit=3) == ["`true` ended with exit status 0, 3 wanted"]


def test_the_output_must_hold_what_is_expected(tmp_path):
    """A tool that looked at nothing often ends with 0."""
    judge(tmp_path, "echo 12 files checked", expect=r"^[1-9]\d* files checked$")
    assert unmet(tmp_path, "echo 0 files checked", expect=r"^[1-9]\d* files checked$") == [
        "`echo 0 files checked` did not print '^[1-9]\\\\d* files checked$'; its last lines:\n0 files checked"
    ]
    with pytest.raises(CannotJudge, match=r"expect: '\(' is no regular expression"):
        judge(tmp_path, "true", expect="(")


def test_folder_and_variables_are_those_of_the_plan(tmp_path):
    (tmp_path / "sub").mkdir()

    judge(tmp_path, "B=2 sh -c 'echo $A$B; pwd'", cwd="sub", env={"A": "1"}, expect=r"^12\n.*/sub$")


def test_a_product_must_be_made_by_this_run(tmp_path):
    """A report left over from last week is no product of today's run."""
    (tmp_path / "old.json").write_text("{}")
    os.utime(tmp_path / "old.json", (time.time() - 9,) * 2)

    assert unmet(tmp_path, "true", produces=["old.json", "new/*.json"]) == [
        "new/*.json: `true` did not make it",
        "old.json: it is from before: `true` left it as it was",
    ]
    evidence = judge(
        tmp_path, "mkdir new; echo {} | tee new/a.json > old.json", shell=True, produces=["old.json", "new"]
    )
    assert list(evidence.artefacts) == ["old.json", "new/a.json"]


@pytest.mark.parametrize(
    ("run", "parameters", "message"),
    [
        ("", {}, "run: the command is missing"),
        ("no-such-tool -x", {}, "no command no-such-tool here"),
        ("sleep 30", {"within": 0.2}, "still running after 0.2 s"),
        ("true", {"cwd": "nowhere"}, "no folder nowhere"),
    ],
)
def test_a_command_that_cannot_run_or_end_is_not_judged(tmp_path, run, parameters, message):
    with pytest.raises(CannotJudge, match=message):
        judge(tmp_path, run, **parameters)


def test_a_program_of_the_repository_that_cannot_run_is_its_own_fault(tmp_path):
    (tmp_path / "check.sh").write_text("echo hello\n")

    assert unmet(tmp_path, "./check.sh") == ["check.sh: `./check.sh`: ./check.sh cannot be run (Permission denied)"]
    with pytest.raises(CannotRun):
        judge(tmp_path, "./other.sh")


def test_what_swallows_failures_is_remarked(tmp_path):
    (tmp_path / "Makefile").write_text("lint:\n\t-false\n\t@echo done\n")

    assert judge(tmp_path, "make lint").remarks == ["Makefile:2: a failure is swallowed in `-false`"]


@pytest.mark.parametrize(
    ("run", "sees_it"),
    [
        ("make good", True),
        ("make bad", True),
        (f"{sys.executable} check.py", True),
        ("./check.py", True),
        ("true", False),
    ],
)
def test_a_ruined_repository_fails_what_can_fail(tmp_path, run, sees_it):
    """Only a command that looks at nothing still succeeds there."""
    (tmp_path / "Makefile").write_text(f"good:\n\t{sys.executable} check.py\nbad:\n\t-false\n")
    (tmp_path / "check.py").write_text(f"#!{sys.executable}\nprint('fine')\n")
    (tmp_path / "check.py").chmod(0o755)
    repo = Repository(tmp_path)
    judge(tmp_path, run)
    planted = repo.with_changes(RUIN.plant(repo, run=run))

    if sees_it:
        with pytest.raises(Unmet):
            check(planted, Evidence(), run)
    else:
        check(planted, Evidence(), run)
    assert (tmp_path / "check.py").read_text().endswith("print('fine')\n")


def test_a_program_that_git_ignores_cannot_be_tried_in_a_copy(tmp_path):
    with pytest.raises(CannotPlant, match=r"^\.venv/bin/tool is no file of the repository"):
        RUIN.plant(Repository(tmp_path), run=".venv/bin/tool x")
