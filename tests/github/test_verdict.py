"""A verdict on the page of a pull request: said once, of the head that was judged, and of no other."""

from dataclasses import replace

import pytest

from github import weather
from pytest_coordguard.domain.posting import Annotation, Posting, marked
from pytest_coordguard.facts.github.connection import Connection, GitHubError
from pytest_coordguard.facts.github.host import Host
from pytest_coordguard.facts.github.verdict import Posted, VerdictWriter

HERE = "/repos/octo-org/shop"


@pytest.fixture
def pull(world):
    ana = world.user("ana")
    world.commit("work", {"new.py": "n = 1\n"}, user=ana)
    return world.open_pull("work", user=ana)


@pytest.fixture
def connection(github):
    there = Host(github.url, f"{github.url}/graphql", github.token("gate[bot]"))
    with Connection(there, pause=lambda _seconds: None) as connection:
        yield connection


@pytest.fixture
def posting(world, pull):
    return Posting(
        "octo-org/shop", pull.number, world.head(pull), "coordguard/review_gate", "failure", "Gate is CLOSED",
        "### Gate is CLOSED\n",
    )  # fmt: skip


def comments(world):
    return [(each.user.login, each.body) for each in world.comments]


def statuses(world):
    return [(each.context, each.state, each.description) for each in world.statuses]


def test_a_verdict_is_pending_first_and_then_said_with_one_comment(connection, world, posting):
    writer = VerdictWriter(connection)
    writer.begin(posting)
    said = writer.finish(posting)

    head = posting.head[:7]
    assert said == Posted((f"status coordguard/review_gate failure on {head}", "comment added"))
    assert statuses(world) == [
        ("coordguard/review_gate", "pending", "is being judged"),
        ("coordguard/review_gate", "failure", "Gate is CLOSED"),
    ]
    assert comments(world) == [("gate[bot]", "<!-- coordguard: review_gate -->\n### Gate is CLOSED\n")]


def test_the_same_verdict_again_writes_nothing(connection, github, posting):
    VerdictWriter(connection).finish(posting)
    before = github.writes()
    said = VerdictWriter(connection).finish(posting)

    assert github.writes() == before
    assert said.said == (f"status coordguard/review_gate failure on {posting.head[:7]}, unchanged", "comment unchanged")


def test_another_verdict_edits_the_comment(connection, world, posting):
    VerdictWriter(connection).finish(posting)
    VerdictWriter(connection).finish(replace(posting, state="success", description="OPEN", comment="### OPEN\n"))

    assert comments(world) == [("gate[bot]", "<!-- coordguard: review_gate -->\n### OPEN\n")]
    assert statuses(world)[-1] == ("coordguard/review_gate", "success", "OPEN")


def test_a_mark_in_a_comment_of_another_is_not_ours(connection, world, pull, posting):
    """Or who opens a pull request could have the verdict written where nobody looks."""
    world.comment(pull.number, pull.user, marked("review_gate", "mine"))
    VerdictWriter(connection).finish(posting)

    assert [login for login, _ in comments(world)] == ["ana", "gate[bot]"]
    assert world.comments[0].edited == ""


@pytest.mark.parametrize("kind", ["status", "check"])
def test_nothing_is_said_of_a_head_that_moved(connection, github, world, pull, posting, kind):
    moved = world.push(pull, {"more.py": "m = 1\n"})
    writer = VerdictWriter(connection, kind)
    why = f"the head moved from {posting.head[:7]} to {moved[:7]} meanwhile; judge it again"

    assert (writer.begin(posting), writer.finish(posting)) == (Posted(why_not=why), Posted(why_not=why))
    assert github.writes() == []


def test_a_push_between_status_and_comment_leaves_the_comment_out(connection, github, world, pull, posting):
    def push_after_status(method, path):
        if method == "GET" and path.endswith("/pulls/1") and world.statuses:
            world.push(pull, {"more.py": "m = 1\n"})

    github.before_answer = push_after_status
    said = VerdictWriter(connection).finish(posting)

    assert (len(said.said), said.why_not[:14], comments(world)) == (1, "the head moved", [])


def test_a_check_run_gets_its_annotations_in_fifties(connection, github, world, posting):
    wrong = tuple(Annotation("new.py", line, "T/c unmet", f"fault {line}") for line in range(1, 121))
    writer = VerdictWriter(connection, "check")
    writer.begin(posting)
    said = writer.finish(replace(posting, annotations=wrong, comment=""))
    (run,) = world.check_runs
    sent = [len(each.body["output"]["annotations"]) for each in github.asked if each.method == "PATCH"]

    assert said.said == ("check run coordguard/review_gate failure with 120 annotations",)
    assert (sent, len(run.annotations), run.status, run.conclusion) == ([50, 50, 20], 120, "completed", "failure")


def test_a_long_sentence_and_a_long_comment_are_cut_to_what_github_takes(connection, world, posting):
    VerdictWriter(connection).finish(replace(posting, description="d" * 200, comment="- a line\n" * 10_000))

    assert world.statuses[0].description == "d" * 139 + "…"
    assert len(world.comments[0].body) <= 65_536
    assert world.comments[0].body.endswith("- a line\n\n… the rest is in the run's own report\n")


def test_a_comment_that_was_made_though_nobody_said_so_is_not_made_twice(connection, github, world, pull, posting):
    """The request arrived, the answer did not."""

    def made_unseen(method, path):
        if method == "GET" and path.endswith("/comments") and github.weather[0].times == 0 and not world.comments:
            world.comment(pull.number, world.users["gate[bot]"], marked("review_gate", posting.comment))

    github.weather.append(weather.unavailable(method="POST", path="/comments", times=1))
    github.before_answer = made_unseen
    said = VerdictWriter(connection).finish(posting)

    assert (said.said[1], len(world.comments)) == ("comment unchanged", 1)


@pytest.mark.parametrize("trouble", [weather.forbidden(method="POST"), weather.unavailable(path="/pulls/")])
def test_what_cannot_be_said_is_an_error_and_no_silence(connection, github, posting, trouble):
    github.weather.append(trouble)
    with pytest.raises(GitHubError):
        VerdictWriter(connection).finish(posting)


def test_a_person_may_post_a_status_but_no_check_run(connection, github, posting):
    """GitHub keeps check runs to apps; the message says so."""
    there = Host(github.url, f"{github.url}/graphql", github.token("ben"))
    with Connection(there, pause=lambda _seconds: None) as person:
        assert VerdictWriter(person).finish(posting).why_not == ""
        with pytest.raises(GitHubError, match="You must authenticate via a GitHub App"):
            VerdictWriter(person, "check").begin(posting)


def test_a_verdict_is_bound_to_a_full_commit(posting):
    with pytest.raises(ValueError, match="'HEAD' is no full commit id"):
        replace(posting, head="HEAD")
