"""The soak sentinel's one issue: opened once, found again, told on no more often than agreed, never another's."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from github import weather
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.posting import marker
from pytest_coordguard.domain.sentinel import Act, Watched, Word, mark
from pytest_coordguard.domain.slo import Outcome, Slo, State
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.facts.github.connection import Connection
from pytest_coordguard.facts.github.host import Host
from pytest_coordguard.facts.issue_tracker import GitHubIssues
from pytest_coordguard.soak import Sentinel, post, told

MORNING = 1_795_510_800.0  # 2026-11-24 09:00 UTC, when the world of the stand-in begins
MINUTE, HOUR = 60.0, 3600.0
BREACH, RECOVERED = (marker(mark("coordguard.yaml", word)) for word in (Word.BREACH, Word.RECOVERED))


@pytest.fixture(params=["gate[bot]", "ana"], ids=["workflow", "person"])
def tracker(github, request):
    """The tracker as a workflow's token sees it, and as a person's does."""
    there = Host(github.url, f"{github.url}/graphql", github.token(request.param))
    with Connection(there, pause=lambda _seconds: None) as connection:
        yield GitHubIssues(connection, "octo-org/shop")


def sentinel(state, at, **soak):
    slo = Slo("denied", at_most=0.15)
    value = {State.HELD: 0.05, State.BREACHED: 0.4, State.UNVERIFIED: None}[state]
    outcome = Outcome("denial rate", slo, "denied", state, value, "" if state is State.HELD else "why")
    found = (Watched("RC-5/slos", "shop", "http://127.0.0.1:9090", (outcome,)),)
    return Sentinel(Plan("coordguard.yaml", "0" * 64, "shop", soak=Soak(**soak)), found, at)


def step(tracker, state, at, **soak):
    """Look and post, as one run of the workflow."""
    seen = sentinel(state, at, **soak)
    return post(told(seen, tracker), tracker, seen.plan.soak.labels)


def test_a_breach_opens_one_issue_and_finds_it_again(tracker, world, github):
    first = step(tracker, State.BREACHED, MORNING, labels=("slo",))
    again = step(tracker, State.BREACHED, MORNING + HOUR)

    (issue,) = world.issues.values()
    assert (first.step.act, first.number, again.step.act, again.number) == (Act.OPEN, 1, Act.NOTHING, 1)
    assert again.step.why == "#1 says so, and is told again in 5 h"
    assert (issue.title, issue.labels) == ("SLO breach: denial rate", ["slo"])
    assert issue.body.startswith(BREACH)
    assert github.writes() == [("POST", "/repos/octo-org/shop/issues")]


def test_a_breach_that_goes_on_is_told_once_an_interval(tracker, world):
    acts = [step(tracker, State.BREACHED, MORNING + hours * HOUR, comment_every_seconds=6 * HOUR) for hours in range(8)]

    assert [each.step.act for each in acts] == [Act.OPEN, *[Act.NOTHING] * 6, Act.COMMENT]
    assert [each.body.startswith(BREACH) for each in world.comments] == [True]


def test_recovery_is_told_once(tracker, world):
    for state, hours in ((State.BREACHED, 0), (State.HELD, 1), (State.HELD, 2), (State.BREACHED, 3)):
        last = step(tracker, state, MORNING + hours * HOUR)

    assert [each.body.startswith(RECOVERED) for each in world.comments] == [True]
    assert last.step.act is Act.NOTHING  # told again when the interval is over
    assert [each.state for each in world.issues.values()] == ["open"]


def test_an_issue_closed_on_recovery_is_opened_again_when_that_did_not_last(tracker, world):
    acts = [
        step(tracker, state, MORNING + minutes * MINUTE, on_recovery="close").step.act
        for state, minutes in ((State.BREACHED, 0), (State.HELD, 30), (State.HELD, 60), (State.BREACHED, 90))
    ]

    assert acts == [Act.OPEN, Act.CLOSE, Act.NOTHING, Act.REOPEN]
    assert ([each.state for each in world.issues.values()], len(world.comments)) == (["open"], 1)


def test_an_issue_that_a_person_closed_stays_closed_for_an_interval(tracker, world):
    step(tracker, State.BREACHED, MORNING)
    world.issues[1].state = "closed"

    quiet = step(tracker, State.BREACHED, MORNING + HOUR)
    later = step(tracker, State.BREACHED, MORNING + 7 * HOUR)

    assert (quiet.step.act, quiet.step.why) == (
        Act.NOTHING,
        "#1 was closed by someone; another one is opened in 5 h",
    )
    assert (later.step.act, later.number) == (Act.OPEN, 2)


def test_what_cannot_be_verified_is_told_by_option_alone(tracker, world):
    assert step(tracker, State.UNVERIFIED, MORNING).step.act is Act.NOTHING
    assert step(tracker, State.UNVERIFIED, MORNING, unverified="issue").step.act is Act.OPEN
    assert step(tracker, State.HELD, MORNING, on_recovery="nothing").step.act is Act.NOTHING


def test_the_mark_of_another_is_not_ours(tracker, world):
    """Anyone may write the mark into an issue, or open a pull request with it."""
    mallory = world.user("mallory")
    world.open_issue("SLO breach", f"{BREACH}\nold news", user=mallory)
    first = step(tracker, State.BREACHED, MORNING)
    world.comment(first.number, mallory, f"{RECOVERED}\nall is well")

    assert (first.step.act, first.number) == (Act.OPEN, 2)
    assert step(tracker, State.HELD, MORNING + HOUR).step.act is Act.RECOVERED


def test_a_pull_request_of_ours_is_no_issue(tracker, world, github):
    """GitHub lists it as one."""
    me = world.users[next(iter(world.tokens.values()))]
    world.commit("work", {"new.py": "n = 1\n"}, user=me)
    world.open_pull("work", user=me).body = f"{BREACH}\nas quoted here"

    assert step(tracker, State.BREACHED, MORNING).step.act is Act.OPEN


def test_two_plans_have_an_issue_each(tracker, world):
    seen = sentinel(State.BREACHED, MORNING)
    other = replace(seen, plan=replace(seen.plan, path="staging.yaml"))

    assert [post(told(each, tracker), tracker, ()).number for each in (seen, other, seen)] == [1, 2, 1]


def test_many_issues_hide_none(tracker, world):
    step(tracker, State.BREACHED, MORNING)
    ana = world.user("someone")
    for number in range(130):
        world.open_issue(f"bug {number}", user=ana)

    assert step(tracker, State.BREACHED, MORNING + HOUR).number == 1
    assert len(world.issues) == 131


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (weather.bad_credentials(), "GitHub: GET /repos/octo-org/shop/issues: 401, Bad credentials"),
        (weather.forbidden(method="POST", path="/issues"), "403, Resource not accessible by integration"),
        (weather.not_found(path="/issues"), "GitHub: GET /repos/octo-org/shop/issues: 404, Not Found"),
        (weather.elsewhere("http://127.0.0.1:9/", path="/issues"), "302, leads elsewhere, and a token follows nobody"),
    ],
    ids=["401", "403", "404", "302"],
)
def test_what_github_refuses_is_told_without_the_token(github, tracker, trouble, message):
    github.world.open_issue("bug", user=github.world.user("someone"))  # so that it matters who we are
    github.weather.append(trouble)

    with pytest.raises(CannotJudge) as raised:
        step(tracker, State.BREACHED, MORNING)
    assert message in str(raised.value)
    assert not any(token in str(raised.value) for token in github.world.tokens)


PLAN = """\
version: 1
soak: {repository: octo-org/shop, unverified: issue}
tasks:
  RC-5:
    title: Soak
    accept:
      slos:
        text: Holds
        check: slo.holds
        prometheus: http://127.0.0.1:1
        job: shop
        traffic: {query: "sum(increase(n[{window}]))", at_least: 1}
        slos: {denied: {query: "sum(rate(d[{window}]))", at_most: 0.15}}
"""


def test_the_command_posts_when_it_is_told_to(github, world, tmp_path):
    """From the environment of a workflow; what is posted is not printed again, and the token never."""
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "coordguard.yaml").write_text(PLAN)
    token = github.token("gate[bot]")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "COORDGUARD_"))}
    env = {**kept, "GITHUB_API_URL": github.url, "GITHUB_TOKEN": token}

    def run(*options):
        command = [sys.executable, "-m", "pytest_coordguard.cli", "soak", *options]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)

    dry, first, again = run(), run("--post"), run("--post", "--json")

    assert (dry.returncode, first.returncode, again.returncode) == (5, 5, 5)
    assert "issue: open: no issue of ours is open (not done: --post does it)" in dry.stdout
    opened = "https://github.invalid/octo-org/shop/issues/1"
    assert first.stdout.splitlines()[-1] == f"issue: open {opened}: no issue of ours is open"
    assert (json.loads(again.stdout)["issue"]["number"], len(world.issues)) == (1, 1)
    assert token not in dry.stdout + dry.stderr + first.stdout + first.stderr + again.stdout + again.stderr
