"""The same facts over REST, list by list: where GraphQL does not answer, or gives a list in part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pytest_coordguard.domain.pull_request import Fact, PullEvent, Review, Side
from pytest_coordguard.facts.pull_request import rest
from pytest_coordguard.facts.pull_request.forge.client import Client, ForgeError
from pytest_coordguard.facts.pull_request.shape import Malformed, number, rows, text

SOURCE = "api"
MOST_COMMITS = 250  # that REST gives of one pull request: docs.github.com/rest/pulls/pulls
WRITES = ("admin", "maintain", "write")
OPINIONS = ("APPROVED", "CHANGES_REQUESTED")
Facts = dict[str, Fact[Any]]


def rest_facts(client: Client, pull: int, now: str, known: Mapping[str, Fact[Any]]) -> Facts:
    """Return what is not known yet, each fact by requests of its own: one that fails costs no other.

    Raises:
        ForgeError: the pull request itself is not given.
        Malformed: it is not of the shape that the interface promises.

    """
    found: Facts = dict(known)
    if not {"head", "base", "author"} <= found.keys():
        data = client.get(f"pulls/{pull}")
        if rest.number_of(data) != pull:
            raise Malformed(f"the answer is of pull request {rest.number_of(data)}")
        found = {**rest.pull_facts(data, SOURCE, now), **found}
        if number(data, "commits") == 0:
            found.setdefault("commits", Fact((), SOURCE, now, ""))
    head, base = found["head"].value, found["base"].value
    if not isinstance(head, Side) or not isinstance(base, Side):
        raise Malformed("the answer has no head or no base")
    readers: dict[str, Callable[[], Any]] = {
        "reviews": lambda: _reviews(client, pull),
        "commits": lambda: _commits(client, pull),
        "checks": lambda: _checks(client, head.sha),
        "events": lambda: _events(client, pull),
        "required_checks": lambda: _required(client, base.ref),
    }
    for name, read in readers.items():
        if name not in found:
            found[name] = _asked(read, now)
    checks = found["checks"].value or ()
    seen = min((check.at for check in checks if check.at), default="")
    if seen and "head_seen" not in found:
        found["head_seen"] = Fact(seen, SOURCE, now, "")
    return found


def _asked(read: Callable[[], Any], now: str) -> Fact[Any]:
    try:
        return Fact(read(), SOURCE, now, "")
    except (ForgeError, Malformed) as error:
        return Fact(source=SOURCE, why=str(error))


def _reviews(client: Client, pull: int) -> tuple[Review, ...]:
    """Return the reviews; of each reviewer whose opinion counts it is asked whether they may write."""
    found = [rest.review(row) for row in client.pages(f"pulls/{pull}/reviews")]
    logins = {review.user.login for review in found if review.state in OPINIONS}
    may_write = {login: _may_write(client, login) for login in sorted(logins)}
    return tuple(replace(review, can_push=may_write.get(review.user.login)) for review in found)


def _may_write(client: Client, login: str) -> bool | None:
    if login.endswith("[bot]"):
        return None
    try:
        data = client.get(f"collaborators/{quote(login, safe='')}/permission")
    except ForgeError:
        return None  # not known, so the approval is not counted, and it is said
    return (text(data, "role_name") or text(data, "permission")) in WRITES or text(data, "permission") in WRITES


def _commits(client: Client, pull: int) -> tuple[Any, ...]:
    found = tuple(rest.commit(row) for row in client.pages(f"pulls/{pull}/commits"))
    if len(found) >= MOST_COMMITS:
        raise ForgeError(f"its commits are more than the {MOST_COMMITS} that GitHub lists")
    return found


def _checks(client: Client, sha: str) -> tuple[Any, ...]:
    runs = client.pages(f"commits/{sha}/check-runs", "check_runs", filter="all")
    statuses = client.pages(f"commits/{sha}/statuses")
    return (*(rest.check_run(row) for row in runs), *(rest.status(row) for row in statuses))


def _events(client: Client, pull: int) -> tuple[PullEvent, ...]:
    return tuple(event for row in client.pages(f"issues/{pull}/events") if (event := rest.event(row)) is not None)


def _required(client: Client, branch: str) -> tuple[str, ...]:
    """Return the checks that the base branch asks for: by its protection, and by rulesets."""
    name = quote(branch, safe="")
    data = client.get(f"branches/{name}")
    found = [str(row) for row in rows(data, "protection", "required_status_checks", "contexts")]
    for rule in client.pages(f"rules/branches/{name}"):
        if text(rule, "type") == "required_status_checks":
            found += [text(row, "context") for row in rows(rule, "parameters", "required_status_checks")]
    return tuple(dict.fromkeys(filter(None, found)))
