"""The stand-in is shaped like GitHub, remembers what it was told, and makes the weather that is asked for."""

import httpx
import pytest

from github import weather
from github.fetch import GRAPHQL
from github.routes import REPO

QUERY = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    title state isDraft mergeable headRefOid baseRefOid changedFiles
    author { __typename login ... on User { databaseId } }
    files(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { path changeType } }
    reviews(first: 100) { nodes { fullDatabaseId state authorCanPushToRepository commit { oid } author { login } } }
    comments(first: 10) { nodes { body lastEditedAt } }
    commits(last: 1) { nodes { commit { oid author { user { login } } statusCheckRollup { contexts(first: 50) { nodes {
      __typename ... on CheckRun { name conclusion isRequired(pullRequestNumber: $number) checkSuite { app { slug } } }
      ... on StatusContext { context state } } } } } } }
    timelineItems(first: 50, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT]) { nodes {
      ... on HeadRefForcePushedEvent { createdAt beforeCommit { oid } } } }
  } } }
"""


@pytest.fixture
def pull(world):
    """Ana's pull request: a rename, a new file, a review, checks."""
    ana, ben = world.user("ana"), world.user("ben")
    world.commit("work", {"shop/till.py": None, "shop/desk.py": "total = 0\n" * 9, "new.py": "n = 1\n"}, user=ana)
    found = world.open_pull("work", user=ana, title="Move the till")
    world.review(found, ben)
    world.report_check(world.head(found), "tests")
    world.report_status(world.head(found), ben, "lint", "failure")
    return found


@pytest.fixture
def client(github):
    with httpx.Client(
        base_url=f"{github.url}", headers={"Authorization": f"Bearer {github.token('gate[bot]')}"}
    ) as client:
        client.repo = f"/repos/{github.world.owner}/{github.world.name}"
        yield client


def test_a_pull_request_is_told_by_git(client, world, pull):
    found = client.get(f"{client.repo}/pulls/{pull.number}").json()
    files = client.get(f"{client.repo}/pulls/{pull.number}/files").json()

    assert (found["head"]["sha"], found["mergeable"], found["changed_files"]) == (world.head(pull), True, 2)
    assert [(each["filename"], each["status"], each.get("previous_filename")) for each in files] == [
        ("new.py", "added", None),
        ("shop/desk.py", "renamed", "shop/till.py"),
    ]


READS = [
    "", "/pulls", "/pulls/{number}", "/pulls/{number}/files", "/pulls/{number}/commits", "/pulls/{number}/reviews",
    "/pulls/{number}/requested_reviewers", "/commits/{sha}", "/commits/{sha}/check-runs", "/commits/{sha}/status",
    "/commits/{sha}/statuses", "/issues", "/issues/{number}", "/issues/{number}/comments",
    "/collaborators/ana/permission", "/git/ref/heads/main", "/contents/shop/till.py",
]  # fmt: skip


def test_each_read_is_answered_in_the_shape_of_github(client, github, world, pull):
    """Nothing of the answers differs from GitHub's description."""
    world.comment(pull.number, pull.user, "Look.")
    paths = [path.format(number=pull.number, sha=world.head(pull)) for path in READS]

    assert {path: client.get(client.repo + path).status_code for path in paths} == dict.fromkeys(paths, 200)
    assert github.violations == []


def test_what_is_written_is_there_afterwards(client, world, pull):
    here = f"{client.repo}/issues/{pull.number}/comments"
    made = client.post(here, json={"body": "first"}).json()
    client.patch(f"{client.repo}/issues/comments/{made['id']}", json={"body": "second"})
    client.post(f"{client.repo}/statuses/{world.head(pull)}", json={"state": "pending", "context": "gate"})
    run = {"name": "gate", "head_sha": world.head(pull), "status": "in_progress"}
    assert client.post(f"{client.repo}/check-runs", json=run).status_code == 201
    issue = client.post(f"{client.repo}/issues", json={"title": "Snapshot", "labels": ["coordguard"]}).json()
    client.post(f"{client.repo}/issues/{issue['number']}/assignees", json={"assignees": ["ana", "nobody"]})
    start = world.sha("refs/heads/main")
    client.post(f"{client.repo}/git/refs", json={"ref": "refs/heads/waiver", "sha": start})
    content = {"message": "Waive", "content": "YQo=", "branch": "waiver"}
    assert client.put(f"{client.repo}/contents/w.yaml", json=content).status_code == 201

    assert [(each["body"], each["user"]["login"]) for each in client.get(here).json()] == [("second", "gate[bot]")]
    combined = client.get(f"{client.repo}/commits/{world.head(pull)}/status").json()
    assert {each["context"]: each["state"] for each in combined["statuses"]} == {"lint": "failure", "gate": "pending"}
    assert [who.login for who in world.issues[issue["number"]].assignees] == ["ana"]
    assert world.git("show", "waiver:w.yaml") == "a"


def test_lists_come_in_pages_that_lead_to_each_other(client, world, pull):
    for number in range(5):
        world.comment(pull.number, pull.user, f"comment {number}")
    url, seen = f"{client.repo}/issues/{pull.number}/comments?per_page=2", []
    while url:
        answer = client.get(url)
        seen += [each["body"] for each in answer.json()]
        url = answer.links.get("next", {}).get("url")

    assert seen == [f"comment {number}" for number in range(5)]


def test_what_is_unchanged_costs_nothing(client, github, pull):
    first = client.get(f"{client.repo}/pulls/{pull.number}")
    left = github.remaining
    again = client.get(f"{client.repo}/pulls/{pull.number}", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content, github.remaining) == (304, b"", left)


def test_only_a_token_that_it_gave_is_let_in(github):
    assert httpx.get(github.url + "/user", headers={"Authorization": "Bearer other"}).status_code == 401


def test_enterprise_paths_lead_to_the_same(client, github, pull):
    same = client.get(f"{github.enterprise_url}{client.repo}/pulls/{pull.number}")

    assert same.json()["number"] == pull.number


def test_a_request_that_github_does_not_know_is_a_violation(client, github, pull):
    """Or a client could be wrong and its tests green."""
    client.get(f"{client.repo}/pulls/{pull.number}/files?pages=2")
    client.post(f"{client.repo}/statuses/{'a' * 40}", json={"state": "fine"})
    found, github.violations[:] = list(github.violations), []

    assert [line.partition(":")[0] for line in found] == ["no parameter 'pages'", f"POST {REPO}/statuses/{{sha}} body"]


def test_the_weather_strikes_as_often_as_it_is_told(client, github, pull):
    github.weather.append(weather.secondary_limit(7, path="/reviews", times=1))
    url = f"{client.repo}/pulls/{pull.number}/reviews"
    struck = client.get(url)

    assert (struck.status_code, struck.headers["retry-after"], client.get(url).status_code) == (403, "7", 200)


@pytest.mark.parametrize("trouble", [weather.hangs(0.05), weather.cut_off()], ids=["hangs", "cut off"])
def test_a_line_can_break(client, github, pull, trouble):
    github.weather.append(trouble)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"{client.repo}/pulls/{pull.number}")


@pytest.mark.skipif(bool(GRAPHQL.why_not), reason=GRAPHQL.why_not or "there")
def test_graphql_tells_the_same_by_the_schema_of_github(client, world, pull):
    pytest.importorskip("graphql", reason="graphql-core is not installed")
    old = world.head(pull)
    world.force_push(pull, {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    world.report_check(world.head(pull), "tests")
    variables = {"owner": world.owner, "name": world.name, "number": pull.number}
    answer = client.post("/graphql", json={"query": QUERY, "variables": variables}).json()

    assert "errors" not in answer
    found = answer["data"]["repository"]["pullRequest"]
    assert (found["title"], found["mergeable"], found["headRefOid"]) == ("Move the till", "MERGEABLE", world.head(pull))
    assert found["files"] == {
        "totalCount": 2,
        "pageInfo": {"hasNextPage": True, "endCursor": "1"},
        "nodes": [{"path": "a.py", "changeType": "ADDED"}],
    }
    assert [(each["state"], each["commit"]["oid"]) for each in found["reviews"]["nodes"]] == [("APPROVED", old)]
    assert found["timelineItems"]["nodes"][0]["beforeCommit"]["oid"] == old
