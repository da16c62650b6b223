"""What GitHub tells, in fair and in bad weather; the token goes nowhere else, and asking ends."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import HEAD, OLD

from pytest_coordguard.domain.pull_request import Account, Check, Mergeable, PullEvent, Review, Side, Thread
from pytest_coordguard.facts.pull_request.forge import where as module
from pytest_coordguard.facts.pull_request.forge.client import Client, ForgeError
from pytest_coordguard.facts.pull_request.forge.look import forge_facts
from pytest_coordguard.facts.pull_request.forge.where import Unasked, Where, where

NOW = "2026-11-24T12:00:00Z"
REST, GRAPHQL = "https://api.example.org", "https://api.example.org/graphql"
TOKEN = "planted-token-value"
USER = {"__typename": "User", "login": "coordinator", "databaseId": 2}
AT = "2026-11-24T10:00:00Z"


def listed(*nodes, total=None, key="totalCount"):
    return {key: len(nodes) if total is None else total, "nodes": list(nodes)}


def node(**changes):
    who = {"name": "Ana", "email": "ana@example.org", "user": {"login": "ana", "databaseId": 1}}
    commit = {"oid": HEAD, "message": "Do it", "authors": listed(who), "committer": {**who, "user": None}}
    run = {
        "__typename": "CheckRun",
        "name": "tests",
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "startedAt": AT,
        "completedAt": AT,
        "isRequired": True,
        "checkSuite": {"app": {"slug": "github-actions"}},
    }
    return {
        "number": 7,
        "title": "Do it",
        "body": None,
        "state": "OPEN",
        "isDraft": False,
        "merged": False,
        "author": {"__typename": "Bot", "login": "agent", "databaseId": 9},
        "labels": listed({"name": "task:B"}),
        "headRefOid": HEAD,
        "headRefName": "topic",
        "headRepository": None,
        "baseRefOid": OLD,
        "baseRefName": "main",
        "baseRepository": {"nameWithOwner": "org/shop"},
        "baseRef": {"target": {"oid": OLD}},
        "mergeable": "UNKNOWN",
        "commits": listed({"commit": commit}),
        "reviews": listed(
            {
                "state": "APPROVED",
                "submittedAt": AT,
                "commit": {"oid": HEAD},
                "authorCanPushToRepository": True,
                "author": USER,
            }
        ),
        "reviewThreads": listed({"isResolved": False, "path": "a.py", "comments": {"nodes": [{"author": None}]}}),
        "timelineItems": listed(
            {"__typename": "BaseRefChangedEvent", "createdAt": AT, "actor": {"login": "ana"}}, key="filteredCount"
        ),
        "head": {"nodes": [{"commit": {"oid": HEAD, "statusCheckRollup": {"contexts": listed(run)}}}]},
        **changes,
    }


class Forge:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self, answers=None, **changes):
        self.asked = []
        self.slept = []
        self.node = node(**changes)
        self.answers = answers or {}

    def __call__(self, request):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        key = request.url.path.removeprefix("/repos/org/shop/")
        self.asked.append(key + (f"?{request.url.query.decode()}" if request.url.query else ""))
        answer = self.answers.get(key)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is not None:
            return answer if isinstance(answer, httpx.Response) else answer(request)
        if key == "/graphql":
            return httpx.Response(200, json={"data": {"repository": {"pullRequest": self.node}}})
        if key.startswith("branches/"):
            return httpx.Response(200, json={"protection": {"required_status_checks": {"contexts": ["tests"]}}})
        return httpx.Response(200, json=[] if key.startswith("rules/") else {})

    def client(self, **options):
        here = Where("org/shop", REST, GRAPHQL, TOKEN)
        return Client(here, transport=httpx.MockTransport(self), sleep=self.slept.append, **options)

    def facts(self, **options):
        client = self.client(**options)
        try:
            return forge_facts(client, 7, NOW)
        finally:
            client.close()


def test_one_query_tells_all_but_what_the_base_asks_for():
    forge = Forge()
    found = forge.facts()

    assert found.author.value == Account("agent[bot]", 9)
    assert found.head.value == Side(HEAD, "topic", "")
    assert found.base.value == Side(OLD, "main", "org/shop")
    assert found.body.value == ""
    assert found.reviews.value == (Review(Account("coordinator", 2), "APPROVED", HEAD, AT, can_push=True),)
    assert found.threads.value == (Thread("a.py", resolved=False),)
    assert found.checks.value == (Check("tests", "github-actions", "success", AT, required=True),)
    assert found.events.value == (PullEvent("base_changed", AT, "ana"),)
    assert found.required_checks.value == ("tests",)
    assert found.commits.value[0].contributors[0].account == Account("ana", 1)
    assert found.commits.value[0].contributors[1].account is None
    assert set(found.unknown) == {"files", "mergeable"}
    assert forge.asked == ["/graphql", "branches/main", "rules/branches/main?per_page=100"]


def test_a_list_in_part_is_asked_for_again_page_by_page():
    """The first page of 100 reviews would hide who requested changes on the second."""
    user = {"login": "coordinator", "id": 2, "type": "User"}
    row = {"user": user, "state": "APPROVED", "commit_id": HEAD, "submitted_at": AT}
    following = f"{REST}/repos/org/shop/pulls/7/reviews?page=2"
    first = httpx.Response(200, json=[row], headers={"link": f'<{following}>; rel="next"'})
    second = httpx.Response(200, json=[{**row, "state": "CHANGES_REQUESTED"}])
    permission = httpx.Response(200, json={"permission": "write", "role_name": "maintain"})
    forge = Forge(
        {"pulls/7/reviews": [first, second], "collaborators/coordinator/permission": permission},
        reviews=listed(total=101),
    )

    assert [(one.state, one.can_push) for one in forge.facts().reviews.value] == [
        ("APPROVED", True),
        ("CHANGES_REQUESTED", True),
    ]


REFUSALS = {
    "not accepted": httpx.Response(401, json={"message": "Bad credentials"}),
    "forbidden": httpx.Response(403, json={"message": "Resource not accessible by integration"}),
    "not found": httpx.Response(404, json={"message": "Not Found"}),
    "a server's fault": httpx.Response(502, text="<html>"),
    "the secondary limit": httpx.Response(403, json={"message": "You have exceeded a secondary rate limit"}),
    "the primary limit": httpx.Response(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999"}),
    "no JSON": httpx.Response(200, text="<html>"),
    "JSON of another shape": httpx.Response(200, json=[1]),
    "errors beside data": httpx.Response(200, json={"data": {"repository": None}, "errors": [{"message": "timeout"}]}),
    "an endless nest": httpx.Response(200, text="[" * 100_000),
}


def unreachable(request):
    raise httpx.ReadTimeout("no answer", request=request)


@pytest.mark.parametrize("answer", [*REFUSALS.values(), unreachable], ids=[*REFUSALS, "a time-out"])
def test_in_bad_weather_nothing_is_known_and_it_is_said_why(answer):
    """Neither an empty list of reviews nor one without requested changes, which could open a gate."""
    forge = Forge({"/graphql": answer, "pulls/7": answer})
    found = forge.facts()

    assert {"reviews", "checks", "events", "head", "author", "draft"} <= set(found.unknown)
    assert TOKEN not in " ".join(found.unknown.values())
    assert all(found.unknown.values())
    assert sum(forge.slept) <= 180


def test_a_limit_is_waited_for_as_long_as_it_says():
    busy = httpx.Response(403, headers={"retry-after": "7"}, json={"message": "secondary rate limit"})
    forge = Forge({"branches/main": [busy, httpx.Response(200, json={})]})

    assert forge.facts().required_checks.known
    assert forge.slept == [7.0]


@pytest.mark.parametrize(
    "following", ["https://elsewhere.example.org/steal", "http://api.example.org/repos/org/shop/rules?page=2"]
)
def test_the_token_follows_no_link_to_another_host(following):
    page = httpx.Response(200, json=[], headers={"link": f'<{following}>; rel="next"'})
    found = Forge({"rules/branches/main": page}).facts()

    assert "which is not asked" in found.unknown["required_checks"]


def test_a_list_that_never_ends_is_left():
    page = httpx.Response(200, json=[], headers={"link": f'<{REST}/repos/org/shop/rules/branches/main>; rel="next"'})
    found = Forge({"rules/branches/main": page}).facts()

    assert found.unknown["required_checks"] == "rules/branches/main: has more than 40 pages; the list is not whole"


def test_what_has_not_changed_is_not_sent_again(tmp_path):
    """A 304 is free of the limit; another token shares nothing of it."""
    tagged = httpx.Response(200, json={"a": 1}, headers={"etag": '"1"'})
    forge = Forge({"pulls/7": lambda request: httpx.Response(304) if "if-none-match" in request.headers else tagged})
    client = forge.client(cache=tmp_path)

    assert client.get("pulls/7") == client.get("pulls/7") == {"a": 1}
    assert len(list(tmp_path.iterdir())) == 1
    assert TOKEN not in next(tmp_path.iterdir()).read_text()
    client.where = replace(client.where, token="another")
    assert client._remembered(f"{REST}/repos/org/shop/pulls/7") is None
    client.close()


def test_a_repository_that_has_moved_is_not_followed():
    moved = httpx.Response(301, headers={"location": "https://elsewhere.example.org/"})
    client = Forge({"pulls/7": moved}).client()
    with pytest.raises(ForgeError, match="has moved"):
        client.get("pulls/7")
    client.close()


def test_mergeability_that_is_told_is_kept():
    assert Forge(mergeable="CONFLICTING").facts().mergeable.value == Mergeable(clean=False)


@pytest.fixture
def remote(tmp_path):
    import subprocess

    def build(url):
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", url], check=True)
        return tmp_path

    return build


@pytest.mark.parametrize(
    ("url", "env", "rest", "graphql"),
    [
        ("git@github.com:org/shop.git", {}, "https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.com/org/shop", {}, "https://api.github.com", "https://api.github.com/graphql"),
        (
            "ssh://git@ghe.example.org:22/org/shop.git",
            {"GH_ENTERPRISE_TOKEN": TOKEN},
            "https://ghe.example.org/api/v3",
            "https://ghe.example.org/api/graphql",
        ),
        (
            "https://acme.ghe.com/org/shop",
            {"GH_ENTERPRISE_TOKEN": TOKEN},
            "https://api.acme.ghe.com",
            "https://api.acme.ghe.com/graphql",
        ),
        (
            "https://elsewhere.example.org/x/y",
            {"GITHUB_API_URL": "https://ghe.example.org/api/v3", "GITHUB_REPOSITORY": "org/shop"},
            "https://ghe.example.org/api/v3",
            "https://ghe.example.org/api/graphql",
        ),
    ],
)
def test_the_forge_is_told_by_the_environment_or_the_remote(remote, url, env, rest, graphql):
    found = where(remote(url), environ={"GITHUB_TOKEN": TOKEN, **env})

    assert (found.repository, found.rest, found.graphql) == ("org/shop", rest, graphql)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("url", "env", "why"),
    [
        (
            "https://elsewhere.example.org/org/shop",
            {"GITHUB_TOKEN": TOKEN},
            "there is no token to ask elsewhere.example.org",
        ),
        ("git@github.com:org/shop.git", {}, "there is no token to ask api.github.com"),
        (
            "git@github.com:org/shop.git",
            {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://api.github.com"},
            "over https alone",
        ),
        ("/some/folder", {"GITHUB_TOKEN": TOKEN}, "neither GITHUB_REPOSITORY nor a remote tells the repository"),
    ],
    ids=["a host that a remote alone names", "no token", "no encryption", "no repository"],
)
def test_a_token_goes_to_no_host_that_it_is_not_for(remote, url, env, why, monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(Unasked, match=why):
        where(remote(url), environ=env)


def test_the_order_of_the_tokens(remote):
    root = remote("git@github.com:org/shop.git")
    env = {"GH_TOKEN": "c", "GITHUB_TOKEN": "b", "COORDGUARD_TOKEN": "a", "MINE": "d"}

    assert where(root, environ=env).token == "a"
    assert where(root, "MINE", env).token == "d"


def test_what_was_asked_can_be_saved():
    from pytest_coordguard.domain.pull_request_json import from_json, to_json

    found = Forge().facts()

    assert json.loads(to_json(found))["facts"]["reviews"]["source"] == "api"
    assert from_json(to_json(found)) == found
