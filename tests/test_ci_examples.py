"""The files for CI keep the rules that keep a token from the code of a pull request; each rule is seen to fail."""

import copy
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from pytest_coordguard.facts.data_files.workflow import workflow_troubles

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "ci"
WORKFLOWS = sorted((EXAMPLES / "github").glob("*.yml"))
JUDGES = {"verdict.yml", "comments.yml"}  # they hold a token that writes; the others run code of the pull request
UNTRUSTED = {"pull_request", "pull_request_review", "push"}  # events whose workflow and code are the author's


def load(path):
    found = yaml.safe_load(path.read_text())
    if True in found:  # YAML 1.1 reads the key `on` as a truth value
        found["on"] = found.pop(True)
    return found


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def writes(workflow):
    """Return what the token may write, in all jobs."""
    given = [
        workflow.get("permissions", "write-all"),
        *(job.get("permissions", {}) for job in workflow["jobs"].values()),
    ]
    return {str(each) for each in given if isinstance(each, str)} | {
        name for each in given if isinstance(each, dict) for name, level in each.items() if level == "write"
    }


def secrets(workflow):
    text = yaml.safe_dump(workflow)
    return [word for word in ("secrets.", "github.token") if word in text]


def troubles(workflow):
    """Return in which ways a workflow could give a token away, or text of a pull request to a shell."""
    found = [f"an expression in run: {step['run']}" for step in steps(workflow) if "${{" in step.get("run", "")]
    found += [f"no time limit: {name}" for name, job in workflow["jobs"].items() if "timeout-minutes" not in job]
    if "permissions" not in workflow:
        found.append("permissions are not said")
    for step in steps(workflow):
        given = step.get("with", {})
        if step.get("uses", "").startswith("actions/checkout") and given.get("persist-credentials") is not False:
            found.append("a checkout leaves the token in the work tree")
    if not (writes(workflow) or secrets(workflow)):
        return found
    found += [f"a token in a workflow of the event {event}" for event in sorted(UNTRUSTED & set(workflow["on"]))]
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout") and {"ref", "repository"} & set(step.get("with", {})):
            found.append("a checkout of a named ref beside a token")
        if "install" in step.get("run", "") and " ." in step["run"].replace(" ./vendor/", " "):
            found.append("the repository is installed beside a token")
        if "COORDGUARD_TOKEN" in step.get("env", {}) and step["env"].get("COORDGUARD_EXECUTE") != "never":
            found.append("the judge may run code beside a token")
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_one(path):
    assert list(workflow_troubles(path.read_text())) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_token_and_code_apart(path):
    workflow = load(path)

    assert troubles(workflow) == []
    assert bool(writes(workflow) or secrets(workflow)) == (path.name in JUDGES)


def test_the_token_may_do_what_is_needed_and_no_more():
    assert {path.name: writes(load(path)) for path in WORKFLOWS} == {
        "comments.yml": {"issues", "pull-requests"},
        "gates.yml": set(),
        "reviewed.yml": set(),
        "verdict.yml": {"pull-requests", "statuses"},
    }


def spoilt(name, spoil):
    workflow = copy.deepcopy(load(EXAMPLES / "github" / name))
    spoil(workflow, steps(workflow))
    return troubles(workflow)


SPOILT = {
    "an expression in run": (
        "comments.yml",
        lambda _, all_: all_[-1].update(run="echo ${{ github.event.comment.body }}"),
    ),
    "no permissions": ("gates.yml", lambda workflow, _: workflow.pop("permissions")),
    "a token of the author's event": ("gates.yml", lambda _, all_: all_[0].update(env={"T": "${{ github.token }}"})),
    "the head beside a token": ("verdict.yml", lambda _, all_: all_[0]["with"].update(ref="refs/pull/1/head")),
    "a token left behind": ("verdict.yml", lambda _, all_: all_[0]["with"].pop("persist-credentials")),
    "the repository installed": ("verdict.yml", lambda _, all_: all_[2].update(run="python -m pip install .")),
    "code beside a token": ("comments.yml", lambda _, all_: all_[-1]["env"].pop("COORDGUARD_EXECUTE")),
    "no time limit": ("reviewed.yml", lambda workflow, _: workflow["jobs"]["wake"].pop("timeout-minutes")),
}


@pytest.mark.parametrize("rule", SPOILT)
def test_each_rule_is_seen_to_fail(rule):
    assert spoilt(*SPOILT[rule]) != []


def scripts():
    yield from (step["run"] for path in WORKFLOWS for step in steps(load(path)) if "run" in step)
    yield from (step["run"] for step in load(ROOT / "action.yml")["runs"]["steps"])
    gitlab = yaml.safe_load((EXAMPLES / "gitlab" / ".gitlab-ci.yml").read_text())
    yield from (line for job in gitlab.values() if isinstance(job, dict) for line in job["script"])
    yield (EXAMPLES / "hooks" / "pre-push").read_text()


def test_each_script_is_one_that_a_shell_can_read():
    for script in scripts():
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script


def test_no_command_swallows_a_failure():
    """`|| true` behind a gate is what this project is there to stop."""
    assert [
        script for script in scripts() if "|| true" in script or "|| :" in script or "continue-on-error" in script
    ] == []


# -- the scripts, run ------------------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path):
    """Return a folder for the path with a `coordguard` that notes its arguments and ends as it is told."""
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = tools / "coordguard"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" -- >> "$NOTED"\nexit "${ENDS:-0}"\n')
    fake.chmod(0o755)
    env = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": "a@example.invalid" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**env, **who, "PATH": f"{tools}:{env['PATH']}", "NOTED": str(tmp_path / "noted")}


def noted(env):
    path = Path(env["NOTED"])
    return path.read_text().split("--\n")[:-1] if path.exists() else []


def test_the_action_hands_over_what_it_was_given_word_by_word(bench):
    script = load(ROOT / "action.yml")["runs"]["steps"][1]["run"]
    given = {"GATE": "pre audit", "NUMBER": "7; touch owned", "RANGE": "", "OPTIONS": "-k\na b $(id)\n"}
    done = subprocess.run(["bash", "-e", "-c", script], env=bench | given, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert noted(bench) == ["run\npre audit\n--pr=7; touch owned\n-k\na b $(id)\n"]


def test_the_action_ends_as_the_gate_does(bench):
    script = load(ROOT / "action.yml")["runs"]["steps"][1]["run"]
    given = {"GATE": "preaudit", "NUMBER": "", "RANGE": "A..B", "OPTIONS": "", "ENDS": "1"}

    assert subprocess.run(["bash", "-e", "-c", script], env=bench | given, check=False).returncode == 1


def test_the_verdict_is_said_of_each_pull_request_and_the_worst_counts(bench, tmp_path):
    """The token is in no command line, where each user of the machine could read it."""
    for tool, prints in (("git", ""), ("gh", "7\\n9\\n")):
        fake = tmp_path / "tools" / tool
        fake.write_text(f'#!/bin/sh\nprintf "%s\\n" {tool} "$@" -- >> "$NOTED"\nprintf "{prints}"\n')
        fake.chmod(0o755)
    script = steps(load(EXAMPLES / "github" / "verdict.yml"))[-1]["run"]
    token = os.urandom(20).hex()
    given = {"COORDGUARD_TOKEN": token, "GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "o/n"}
    env = bench | given | {"HEAD_SHA": "a" * 40, "ENDS": "1"}
    done = subprocess.run(["bash", "-e", "-c", script], env=env, check=False, capture_output=True, text=True)
    calls = [call.splitlines() for call in noted(bench)]

    assert (done.returncode, done.stderr, [call[0] for call in calls]) == (1, "", ["gh", "git", "run", "git", "run"])
    assert calls[1:3] == [
        ["git", "fetch", "--quiet", "--no-tags", "origin", "+refs/pull/7/head:refs/pull/7/head"],
        ["run", "review_gate", "--pr=7", "--post"],
    ]
    assert token not in Path(bench["NOTED"]).read_text() + done.stdout


@pytest.fixture
def clone(tmp_path, bench):
    """A clone with the hook, one commit that its origin has, and one that it has not."""
    there, here = tmp_path / "origin.git", tmp_path / "clone"

    def git(*arguments, cwd=here, ends=0):
        done = subprocess.run(["git", *arguments], cwd=cwd, env=bench, capture_output=True, text=True, check=False)
        assert done.returncode == ends, done.stderr
        return done.stdout.strip()

    here.mkdir()
    git("init", "-q", "--bare", str(there), cwd=tmp_path)
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", str(there))
    git("commit", "-q", "--allow-empty", "-m", "one")
    git("push", "-q", "origin", "main")
    (here / ".git" / "hooks" / "pre-push").write_text((EXAMPLES / "hooks" / "pre-push").read_text())
    (here / ".git" / "hooks" / "pre-push").chmod(0o755)
    git("commit", "-q", "--allow-empty", "-m", "two")
    return git


def test_a_push_is_judged_by_its_range(clone, bench):
    before, after = clone("rev-parse", "HEAD~"), clone("rev-parse", "HEAD")
    clone("push", "-q", "origin", "main")

    assert noted(bench) == [f"run\nreview_gate\n--range={before}..{after}\n"]


def test_a_closed_gate_stops_the_push(clone, bench):
    bench["ENDS"] = "1"
    clone("push", "-q", "origin", "main", ends=1)

    assert clone("rev-parse", "HEAD") not in clone("ls-remote", "origin")


def test_a_new_branch_has_no_commit_before_it(clone, bench):
    clone("push", "-q", "origin", "main:new")

    assert noted(bench) == [f"run\nreview_gate\n--range={'0' * 40}..{clone('rev-parse', 'HEAD')}\n"]


def test_what_is_not_checked_out_is_not_pushed_unjudged(clone, bench):
    clone("push", "-q", "origin", "HEAD~:refs/heads/other", ends=1)

    assert noted(bench) == []


def test_a_branch_may_be_taken_away(clone, bench):
    clone("push", "-q", "origin", "main:new")
    clone("push", "-q", "origin", ":new")

    assert len(noted(bench)) == 1
