"""GitHub's GraphQL answer as facts. A list that is not whole is none: it is asked for again, page by page."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.domain.pull_request import (
    Account,
    Check,
    Contributor,
    Fact,
    Mergeable,
    PullCommit,
    PullEvent,
    Review,
    Side,
    Thread,
)
from pytest_coordguard.facts.pull_request.forge.client import Client, ForgeError
from pytest_coordguard.facts.pull_request.forge.query import PULL
from pytest_coordguard.facts.pull_request.shape import Malformed, account, at, moment, number, rows, text, truth

SOURCE = "api"
EVENTS = {
    "BaseRefChangedEvent": "base_changed",
    "AutomaticBaseChangeSucceededEvent": "base_changed",
    "BaseRefForcePushedEvent": "base_force_pushed",
    "ReadyForReviewEvent": "ready_for_review",
    "ConvertToDraftEvent": "converted_to_draft",
    "HeadRefForcePushedEvent": "head_force_pushed",
}


def graphql_facts(client: Client, pull: int, now: str) -> dict[str, Fact[Any]]:
    """Return what one query tells of a pull request, by the names of the facts; what is not whole is left out.

    Raises:
        ForgeError: there is no answer, or no such pull request.
        Malformed: the answer is not of the shape that the schema promises.

    """
    owner, _, name = client.where.repository.partition("/")
    data = client.graphql(PULL, {"owner": owner, "name": name, "number": pull})
    node = at(data, "repository", "pullRequest")
    if node is None:
        raise ForgeError(f"{client.where.repository} has no pull request {pull}, or the token may not see it")
    if number(node, "number") != pull:
        raise Malformed(f"the answer is of pull request {number(node, 'number')}")
    return {key: Fact(value, SOURCE, now, "") for key, value in _facts(node).items() if value is not None}


def _facts(node: Any) -> dict[str, object]:  # noqa: ANN401  # JSON
    checks = _checks(node)
    return {
        "title": text(node, "title"),
        "body": text(node, "body"),
        "author": account(at(node, "author"), "databaseId"),
        "labels": _whole(node, "labels", lambda row: text(row, "name")),
        "draft": truth(node, "isDraft"),
        "state": "merged" if truth(node, "merged") else text(node, "state").lower() or None,
        "head": _side(node, "headRef", text(node, "headRefOid")),
        "base": _side(node, "baseRef", text(node, "baseRef", "target", "oid") or text(node, "baseRefOid")),
        "mergeable": {"MERGEABLE": Mergeable(clean=True), "CONFLICTING": Mergeable(clean=False)}.get(
            text(node, "mergeable")
        ),
        "commits": _whole(node, "commits", lambda row: _commit(at(row, "commit"))),
        "reviews": _whole(node, "reviews", _review),
        "threads": _whole(node, "reviewThreads", _thread),
        "events": _whole(node, "timelineItems", _event),
        "checks": checks,
        "head_seen": min((check.at for check in checks or () if check.at), default=None),
    }


def _whole(node: Any, key: str, read: Any) -> tuple[Any, ...] | None:  # noqa: ANN401  # JSON
    """Return a list's rows, None when GitHub has more of them than it gave."""
    given = rows(node, key, "nodes")
    count = number(node, key, "filteredCount" if key == "timelineItems" else "totalCount")
    return tuple(read(row) for row in given) if count == len(given) else None


def _side(node: Any, key: str, sha: str) -> Side:  # noqa: ANN401  # JSON
    if not sha:
        raise Malformed(f"{key} has no commit")
    return Side(sha, text(node, f"{key}Name"), text(node, f"{key.removesuffix('Ref')}Repository", "nameWithOwner"))


def _commit(data: Any) -> PullCommit:  # noqa: ANN401  # JSON
    authors = _whole(data, "authors", lambda row: row)
    if authors is None:
        raise Malformed(f"{text(data, 'oid')[:9]} has more authors than are told")
    people = [_contributor("author" if place == 0 else "co-author", row) for place, row in enumerate(authors)]
    if (committer := at(data, "committer")) is not None:
        people.append(_contributor("committer", committer))
    return PullCommit(text(data, "oid"), text(data, "message"), tuple(people))


def _contributor(role: str, data: Any) -> Contributor:  # noqa: ANN401  # JSON
    user = at(data, "user")
    who = Account(text(user, "login"), number(user, "databaseId")) if user is not None else None
    return Contributor(role, text(data, "name"), text(data, "email"), who)


def _review(data: Any) -> Review:  # noqa: ANN401  # JSON
    return Review(
        account(at(data, "author"), "databaseId"),
        text(data, "state"),
        text(data, "commit", "oid"),
        moment(data, "submittedAt") or "0001-01-01T00:00:00Z",
        truth(data, "authorCanPushToRepository"),
    )


def _thread(data: Any) -> Thread:  # noqa: ANN401  # JSON
    first = next(iter(rows(data, "comments", "nodes")), None)
    return Thread(text(data, "path"), bool(truth(data, "isResolved")), text(first, "author", "login"))


def _event(data: Any) -> PullEvent:  # noqa: ANN401  # JSON
    kind = EVENTS.get(text(data, "__typename"))
    if kind is None:
        raise Malformed(f"an event is of the kind {text(data, '__typename')!r}, which was not asked for")
    return PullEvent(kind, moment(data, "createdAt"), text(data, "actor", "login"))


def _checks(node: Any) -> tuple[Check, ...] | None:  # noqa: ANN401  # JSON
    """Return the reports on the head; None when they are not whole, or are of another commit than the head."""
    last = next(iter(rows(node, "head", "nodes")), None)
    if text(last, "commit", "oid") != text(node, "headRefOid"):
        return None
    rollup = at(last, "commit", "statusCheckRollup")
    return () if rollup is None else _whole(rollup, "contexts", _check)


def _check(data: Any) -> Check:  # noqa: ANN401  # JSON
    required = truth(data, "isRequired")
    if text(data, "__typename") == "StatusContext":
        state = text(data, "state").lower()
        done = "" if state in {"pending", "expected"} else state
        return Check(text(data, "context"), "", done, moment(data, "createdAt"), required)
    done = text(data, "conclusion").lower() if text(data, "status") == "COMPLETED" else ""
    began = moment(data, "startedAt") or moment(data, "completedAt")
    return Check(text(data, "name"), text(data, "checkSuite", "app", "slug"), done, began, required)
