"""`pytest -m review_gate --pr N` against the stand-in: what GitHub says opens or closes the gate, and is answered."""

import json
import os
import subprocess
import sys
from functools import partialmethod

import pytest

from github import weather
from pytest_coordguard.domain.review import Wanted, approval
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.facts.pull_request.forge import client
from pytest_coordguard.pull_run import look
from pytest_coordguard.pull_sources import Sources

PLAN = """\
version: 1
project: Shop
critical:
  paths: [shop/]
  reviewers: [coordinator]
tasks:
  ALL:
    title: Every pull request
    accept:
      critical: {text: Critical paths are reviewed, gates: [review_gate], check: review.critical}
  T-1:
    title: Till
    files: [shop/]
    accept:
      seen:
        text: A command of the repository sees no token
        gates: [review_gate]
        check: command.succeeds
        run: sh -c 'env > SEEN'
"""
UNSEEN = ("PYTEST", "COORDGUARD", "GITHUB_", "GH_", "COV_", "PYTHONDONTWRITE")
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith(UNSEEN)}
TRICKS = "](http://x) <b>@team</b> `code` | \x1b[31m #1\n# Heading\n- [x] ../../etc; $(touch owned) `touch owned`"


class Desk:
    """A clone with the pull request's head, in which the gate is run."""

    def __init__(self, github, folder, bytecode):
        self.github, self.world, self.root = github, github.world, folder / "clone"
        self.seen = folder / "seen.txt"
        owner = self.world.user("owner", "admin")
        self.world.commit("main", {"coordguard.yaml": PLAN.replace("SEEN", str(self.seen))}, user=owner)
        self.ana, self.coordinator = self.world.user("ana"), self.world.user("coordinator")
        self.world.commit("work", {"shop/till.py": "total = 1\n"}, user=self.ana)
        self.pull = self.world.open_pull("work", user=self.ana)
        self.token = github.token("gate[bot]")
        self.env = {
            "GITHUB_REPOSITORY": "octo-org/shop",
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": self.token,
            "PYTHONPYCACHEPREFIX": str(bytecode),
        }

    def fetch(self):
        if not self.root.exists():
            self.git("clone", "-q", "--branch", "main", str(self.world.root), str(self.root), cwd=self.world.root)
        self.git("fetch", "-q", "origin", "+refs/pull/*:refs/pull/*", "+refs/heads/*:refs/remotes/origin/*")

    def git(self, *arguments, cwd=None):
        subprocess.run(["git", *arguments], cwd=cwd or self.root, check=True, capture_output=True)

    def gate(self, *arguments):
        self.fetch()
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "review_gate", "--pr", str(self.pull.number), *arguments],
            cwd=self.root,
            env={**OUTSIDE, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def verdict(self):
        file = self.root / f"docs/audits/reviews/review_gate_{self.pull.number}.json"
        return json.loads(file.read_text(encoding="utf-8"))

    @property
    def words(self):
        return {each["id"]: each["verdict"] for each in self.verdict["criteria"]}

    @property
    def posted(self):
        return [(each.sha, each.state) for each in self.world.statuses]


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory):
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def desk(github, tmp_path, bytecode):
    return Desk(github, tmp_path, bytecode)


def files_with(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_an_approval_of_this_head_opens_the_gate_and_is_said_once(desk, tmp_path):
    """The token is in nothing that is printed, written, posted or handed to a command."""
    desk.world.review(desk.pull, desk.coordinator)
    first, head = desk.gate("--post"), desk.world.head(desk.pull)
    after_first = desk.posted
    again = desk.gate("--post")

    assert (first.returncode, again.returncode) == (0, 0), first.stdout + first.stderr + again.stdout
    assert desk.verdict["open"] is True
    assert desk.verdict["bound_to"]["head"] == head
    assert f"sources: git, api ({desk.github.url})" in first.stdout
    assert after_first == [(head, "pending"), (head, "success")]
    assert len(desk.world.comments) == 1
    assert "Pull request 1: OPEN" in desk.world.comments[0].body
    assert "posted: comment" in again.stdout
    assert "PATH=" in desk.seen.read_text(encoding="utf-8")
    assert desk.token not in first.stdout + first.stderr + again.stdout + again.stderr + desk.world.comments[0].body
    assert files_with(tmp_path, desk.token) == []


def approved_before_a_push(desk):
    desk.world.review(desk.pull, desk.coordinator)
    desk.world.push(desk.pull, {"shop/till.py": "total = 2\n"})


def approved_by_the_author(desk):
    desk.world.review(desk.pull, desk.ana)


def approved_and_dismissed(desk):
    desk.world.review(desk.pull, desk.coordinator).state = "DISMISSED"


def refused_after_approval(desk):
    desk.world.review(desk.pull, desk.coordinator)
    desk.world.review(desk.pull, desk.world.user("ben"), "CHANGES_REQUESTED")


@pytest.mark.parametrize(
    ("happened", "verdict", "why"),
    [
        (approved_before_a_push, "awaiting", "coordinator: it was given for"),
        (approved_by_the_author, "awaiting", "ana: it is the author's own"),
        (approved_and_dismissed, "awaiting", "the approval of"),
        (refused_after_approval, "unmet", "changes are requested by ben"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_no_approval_leaves_the_gate_closed(desk, happened, verdict, why):
    happened(desk)
    result = desk.gate()
    critical = next(each for each in desk.verdict["criteria"] if each["id"] == "ALL/critical")

    assert result.returncode == 1, result.stdout + result.stderr
    assert critical["verdict"] == verdict
    assert why in " ".join(each["message"] for each in critical["evidence"]["findings"])


def test_a_head_that_moves_during_the_run_is_neither_open_nor_spoken_of(desk):
    desk.world.review(desk.pull, desk.coordinator)
    before = desk.world.head(desk.pull)

    def force_push(_method, path):
        if path == "/graphql" and desk.seen.exists() and desk.world.head(desk.pull) == before:
            desk.world.force_push(desk.pull, {"shop/till.py": "total = 3\n"})

    desk.github.before_answer = force_push
    result = desk.gate("--post")

    assert result.returncode == 1, result.stdout
    assert desk.verdict["open"] is False
    assert "the pull request is no longer as it was" in " ".join(desk.verdict["problems"])
    assert "not posted: the head moved from" in result.stdout
    assert desk.posted == [(before, "pending")]
    assert desk.world.comments == []


def test_an_approval_that_is_taken_back_during_the_run_opens_nothing(desk):
    given = desk.world.review(desk.pull, desk.coordinator)

    def dismiss(_method, path):
        if path == "/graphql" and desk.seen.exists():
            given.state = "DISMISSED"

    desk.github.before_answer = dismiss
    result = desk.gate()

    assert result.returncode == 1, result.stdout
    assert "the reviews changed while the run went on; judge it again" in desk.verdict["problems"]


def test_a_verdict_that_cannot_be_posted_is_an_error_of_the_run(desk):
    desk.world.review(desk.pull, desk.coordinator)
    desk.github.weather.append(weather.forbidden(method="POST", path="/statuses/"))
    result = desk.gate("--post")

    assert desk.words == {"ALL/critical": "met", "T-1/seen": "met"}
    assert result.returncode == 1, result.stdout
    assert "not posted: GitHub: POST" in result.stdout
    assert "403, Resource not accessible by integration" in result.stdout


def test_a_title_of_tricks_has_no_power_over_page_comment_shell_and_path(desk, tmp_path):
    desk.pull.title, desk.pull.fork = TRICKS, None
    desk.world.review(desk.pull, desk.coordinator)
    result = desk.gate("--post")
    # GitHub answers null for a fork that was deleted, and its own description knows of no null there
    desk.github.violations[:] = [each for each in desk.github.violations if "head/" not in each or ": null" not in each]
    titles = [line for line in desk.world.comments[0].body.splitlines() if "Heading" in line]

    assert result.returncode == 0, result.stdout + result.stderr
    assert titles == [
        "`](http://x)` `<b>@team</b>` 'code' `|` `#1` `#` Heading - `[x]` ../../etc; `$(touch` owned) 'touch owned'"
    ]
    assert "\x1b[31m" not in result.stdout
    assert list(tmp_path.rglob("owned")) == []


@pytest.mark.parametrize(
    ("arguments", "without", "said"),
    [
        (("--post",), "GITHUB_TOKEN", "--post: there is no token to ask 127.0.0.1; set GITHUB_TOKEN"),
        (("--post", "--pr-facts", "x.json"), "", "--post and --pr-facts: what was saved may have changed since"),
    ],
    ids=["no token", "saved facts"],
)
def test_what_cannot_be_posted_is_not_even_begun(desk, arguments, without, said):
    desk.env = {name: value for name, value in desk.env.items() if name != without}
    result = desk.gate(*arguments)

    assert result.returncode == 4, result.stdout
    assert said in result.stderr


# -- bad weather, without a process for each ---------------------------------------------------------------


@pytest.fixture
def facts(desk, monkeypatch, tmp_path):
    """Return a function that looks at an approved pull request as a run does, waiting for nothing."""
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    patient = partialmethod(client.Client.__init__, sleep=lambda _seconds: None)
    monkeypatch.setattr(client.Client, "__init__", patient)
    monkeypatch.setattr(client, "SECONDS", 0.3)
    desk.world.review(desk.pull, desk.coordinator)
    desk.fetch()

    def look_at():
        sources = Sources(desk.root, desk.pull.number)
        (tmp_path / "run").mkdir()
        return look(desk.root, tmp_path / "run", desk.pull.number, sources.ask, lambda: "main")[0].facts

    return look_at


def test_fair_weather_is_an_approval(facts):
    assert approval(facts(), Wanted(("coordinator",))).verdict is Verdict.MET


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (weather.bad_credentials(), "401 (the token is not accepted): Bad credentials"),
        (weather.forbidden(), "403 (the token may not): Resource not accessible by integration"),
        (weather.not_found(), "404 (not found, or the token may not see it)"),
        (weather.unavailable(), "502 (Bad Gateway)"),
        (weather.unavailable(503), "503 (Service Unavailable)"),
        (weather.secondary_limit(3600), "secondary rate limit"),
        (weather.secondary_limit(None), "secondary rate limit"),
        (weather.primary_limit(3600), "API rate limit exceeded"),
        (weather.malformed(), "the answer is no JSON"),
        (weather.not_an_object(), "graphql: the answer has no data"),
        (weather.cut_off(), "RemoteProtocolError"),
        (weather.hangs(1), "ReadTimeout"),
        (weather.elsewhere("https://elsewhere.invalid/"), "has moved"),
    ],
    ids=[
        "401", "403", "404", "502", "503", "secondary limit", "secondary limit that does not say how long",
        "primary limit", "half a JSON", "another JSON", "cut off", "no answer in time", "a redirect",
    ],
)  # fmt: skip
def test_bad_weather_is_told_and_never_an_approval(desk, facts, trouble, said):
    desk.github.weather.append(trouble)
    found = facts()
    told = approval(found, Wanted(("coordinator",)))

    assert told.verdict is Verdict.AWAITING
    assert said in found.unknown["reviews"]
    assert said in " ".join(told.why)
    assert desk.token not in repr(found)


def test_a_list_of_reviews_in_part_hides_no_refusal(desk, facts):
    """A hundred reviews fit into the first answer, and the refusal is the hundred and first."""
    for _ in range(100):
        desk.world.review(desk.pull, desk.coordinator, "COMMENTED")
    desk.world.review(desk.pull, desk.world.user("ben"), "CHANGES_REQUESTED")

    assert approval(facts(), Wanted(("coordinator",))).verdict is Verdict.UNMET


def test_the_rest_of_a_list_that_does_not_come_leaves_it_unknown(desk, facts):
    for _ in range(101):
        desk.world.review(desk.pull, desk.coordinator, "COMMENTED")
    desk.github.weather.append(weather.unavailable(path="/reviews", after=1))

    assert approval(facts(), Wanted(("coordinator",))).verdict is Verdict.AWAITING
