"""Talking to GitHub: what is waited for, what is refused, and that no token is ever told."""

import traceback

import pytest

from github import weather
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.github.connection import Connection, GitHubError
from pytest_coordguard.facts.github.host import Host, host
from pytest_coordguard.facts.github.limits import wait_seconds

PATH = "repos/octo-org/shop"
CLOSED = "peer closed connection without sending complete message body"
NO_TOKEN = "no usable token in COORDGUARD_TOKEN or GITHUB_TOKEN or GH_TOKEN; nothing is asked of GitHub without one"


@pytest.fixture
def waits():
    return []


@pytest.fixture
def here(github):
    return Host(github.url, f"{github.url}/graphql", github.token("gate[bot]"))


@pytest.fixture
def connection(here, waits):
    with Connection(here, pause=waits.append) as connection:
        yield connection


WEATHER = {
    "401": (weather.bad_credentials(), "401, Bad credentials"),
    "403": (weather.forbidden(), "403, Resource not accessible by integration"),
    "404": (weather.not_found(), "404, Not Found"),
    "502": (weather.unavailable(), "502, no reason given"),
    "hangs": (weather.hangs(2), "no answer within 0.5 s"),
    "cut off": (weather.cut_off(), f"no answer ({CLOSED} (received 13 bytes, expected 113))"),
    "malformed": (weather.malformed(), "answered no JSON"),
    "elsewhere": (weather.elsewhere("http://127.0.0.1:9/"), "302, leads elsewhere, and a token follows nobody"),
    "far limit": (weather.secondary_limit(3000), "is over its limit for 3000 s more; come back then"),
}  # fmt: skip


@pytest.mark.parametrize("name", WEATHER)
def test_bad_weather_is_said_in_one_sentence_without_the_token(here, github, waits, name):
    trouble, said = WEATHER[name]
    github.weather.append(trouble)
    with Connection(here, pause=waits.append, seconds=0.5) as connection, pytest.raises(GitHubError) as raised:
        connection.get(PATH)
    told = "".join(traceback.format_exception(raised.value)) + repr(here)

    assert str(raised.value) == f"GitHub: GET /{PATH}: {said}"
    assert here.token not in told


def test_a_limit_is_waited_for_as_long_as_github_says(connection, github, waits):
    github.weather.append(weather.secondary_limit(7, times=2))

    assert connection.get(PATH)["name"] == "shop"
    assert waits == [7, 7]


def test_what_may_have_happened_is_not_done_again(connection, github):
    """Or a comment stands on the page twice."""
    github.weather.append(weather.unavailable(method="POST", times=1))
    with pytest.raises(GitHubError, match="502"):
        connection.write("POST", f"{PATH}/issues", {"title": "Once"}, repeats=False)

    assert github.writes() == [("POST", f"/{PATH}/issues")]


def test_writes_are_a_second_apart(connection, waits):
    for title in ("one", "two", "three"):
        connection.write("POST", f"{PATH}/issues", {"title": title}, repeats=False)

    assert waits == [1.0, 1.0]


def test_a_list_is_read_to_its_end(connection, world):
    number = world.open_issue("Long", user=world.user("ana")).number
    for at in range(5):
        world.comment(number, world.user("ana"), str(at))

    assert [each["body"] for each in connection.pages(f"{PATH}/issues/{number}/comments", per_page=2)] == [*"01234"]


def test_the_next_page_is_not_fetched_from_another_host(connection, github):
    other = weather.Trouble(200, "[]", {"Link": '<http://127.0.0.2:1/next>; rel="next"'})
    github.weather.append(other)
    with pytest.raises(GitHubError, match=r"has its next page on another host"):
        list(connection.pages(f"{PATH}/issues"))


def test_half_an_answer_of_graphql_is_none(connection):
    with pytest.raises(GitHubError, match=r"/graphql: answered with errors: Could not resolve to a PullRequest"):
        connection.query('query { repository(owner: "octo-org", name: "shop") { pullRequest(number: 9) { title } } }')


TOKENS = [
    ({"COORDGUARD_TOKEN": "own", "GITHUB_TOKEN": "workflow"}, "own"),
    ({"GITHUB_TOKEN": " workflow\n", "GH_TOKEN": "person"}, "workflow"),
    ({"GITHUB_API_URL": "https://git.example.org/api/v3", "GH_ENTERPRISE_TOKEN": "e", "GITHUB_TOKEN": "w"}, "e"),
    ({"GH_ENTERPRISE_TOKEN": "e", "GH_TOKEN": "p"}, "p"),
]


@pytest.mark.parametrize("environ, token", TOKENS)
def test_the_first_token_that_is_meant_for_the_host_is_taken(environ, token):
    assert host(environ).token == token


def test_an_enterprise_server_has_graphql_beside_its_api():
    there = host({"GITHUB_API_URL": "https://git.example.org/api/v3/", "GITHUB_TOKEN": "w"})

    assert (there.api_url, there.graphql_url) == (
        "https://git.example.org/api/v3",
        "https://git.example.org/api/graphql",
    )


REFUSED = [
    ({}, NO_TOKEN),
    ({"GITHUB_TOKEN": "two words"}, NO_TOKEN),
    ({"GITHUB_API_URL": "http://git.example.org", "GITHUB_TOKEN": "t"},
     "GITHUB_API_URL is 'http://git.example.org'; meant: an address with https, or the token travels readable"),
    ({"GITHUB_API_URL": "https://user@git.example.org", "GITHUB_TOKEN": "t"},
     "GITHUB_API_URL is no plain address; meant: scheme, host and path, as https://HOST/api/v3"),
]  # fmt: skip


@pytest.mark.parametrize("environ, said", REFUSED)
def test_no_token_is_sent_where_it_does_not_belong(environ, said):
    with pytest.raises(CannotJudge) as raised:
        host(environ)

    assert str(raised.value) == said


WAITS = [
    (200, {}, "", None),
    (404, {}, "", None),
    (403, {}, "Resource not accessible", None),
    (403, {"retry-after": "30"}, "", 30),
    (429, {"retry-after": "30"}, "", 30),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1040"}, "", 41),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, "", 1),
    (403, {}, "You have exceeded a secondary rate limit.", 120),
    (429, {}, "", 120),
    (502, {}, "", 2),
]


@pytest.mark.parametrize("status, headers, text, seconds", WAITS)
def test_the_wait_is_what_github_documents(status, headers, text, seconds):
    assert wait_seconds(status, headers, text, attempt=1, now=1000) == seconds
