"""GitHub's REST answers as facts: docs.github.com/rest/pulls. The event of a workflow holds the same objects."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.domain.pull_request import (
    Check,
    Contributor,
    Fact,
    Mergeable,
    PullCommit,
    PullEvent,
    PullFile,
    Review,
    Side,
)
from pytest_coordguard.facts.pull_request.shape import (
    Malformed,
    account,
    at,
    co_authors,
    moment,
    number,
    rows,
    text,
    truth,
)

# Events of an issue that void an approval or start a clock: docs.github.com/rest/using-the-rest-api/issue-event-types
EVENTS = {
    "base_ref_changed": "base_changed",
    "automatic_base_change_succeeded": "base_changed",
    "base_ref_force_pushed": "base_force_pushed",
    "ready_for_review": "ready_for_review",
    "convert_to_draft": "converted_to_draft",
    "head_ref_force_pushed": "head_force_pushed",
    "labeled": "labeled",
    "unlabeled": "unlabeled",
    "review_dismissed": "review_dismissed",
}


def pull_facts(data: Any, source: str, as_of: str) -> dict[str, Fact[Any]]:  # noqa: ANN401  # JSON
    """Return what one pull request object tells, by the names of the facts.

    Raises:
        Malformed: it is no such object.

    """
    found: dict[str, object] = {
        "title": text(data, "title"),
        "body": text(data, "body"),
        "author": account(at(data, "user")),
        "labels": tuple(text(row, "name") for row in rows(data, "labels")),
        "draft": truth(data, "draft"),
        "state": "merged" if truth(data, "merged") or at(data, "merged_at") else text(data, "state") or None,
        "head": side(at(data, "head")),
        "base": side(at(data, "base")),
    }
    mergeable = truth(data, "mergeable")
    if mergeable is not None:
        found["mergeable"] = Mergeable(mergeable)
    return {name: Fact(value, source, as_of, "") for name, value in found.items() if value is not None}


def side(data: Any) -> Side:  # noqa: ANN401  # JSON
    """Return the head or the base; the repository of a deleted fork is null.

    Raises:
        Malformed: it has no commit.

    """
    sha = text(data, "sha")
    if not sha:
        raise Malformed("head or base has no sha")
    return Side(sha, text(data, "ref"), text(data, "repo", "full_name"))


def review(data: Any, can_push: bool | None = None) -> Review:  # noqa: ANN401, FBT001  # JSON
    """Return one review; one that is still being written has no time."""
    submitted = moment(data, "submitted_at") or "0001-01-01T00:00:00Z"
    return Review(account(at(data, "user")), text(data, "state").upper(), text(data, "commit_id"), submitted, can_push)


def file(data: Any) -> PullFile:  # noqa: ANN401  # JSON
    """Return one file, with its former name when it was renamed."""
    path, status = text(data, "filename"), text(data, "status")
    if not path:
        raise Malformed("a file has no filename")
    before = None if status in {"added", "copied"} else text(data, "previous_filename") or path
    return PullFile(path, before, deleted=status == "removed")


def commit(data: Any) -> PullCommit:  # noqa: ANN401  # JSON
    """Return one commit with the accounts that GitHub knows for its addresses."""
    message = text(data, "commit", "message")
    people = []
    for role in ("author", "committer"):
        known = at(data, role)  # null where no account has the address; an empty object has been seen as well
        who = account(known) if known else None
        people.append(Contributor(role, text(data, "commit", role, "name"), text(data, "commit", role, "email"), who))
    return PullCommit(text(data, "sha"), message, (*people, *co_authors(message)))


def check_run(data: Any) -> Check:  # noqa: ANN401  # JSON
    """Return one report of a check run; without a conclusion it runs still."""
    done = text(data, "status") == "completed"
    at_time = moment(data, "started_at") or moment(data, "completed_at")
    return Check(text(data, "name"), text(data, "app", "slug"), text(data, "conclusion") if done else "", at_time)


def status(data: Any) -> Check:  # noqa: ANN401  # JSON
    """Return one commit status. Anyone who may write can set one under any name, so it has no app."""
    state = text(data, "state").lower()
    return Check(
        text(data, "context"), "", "" if state in {"pending", "expected"} else state, moment(data, "created_at")
    )


def event(data: Any) -> PullEvent | None:  # noqa: ANN401  # JSON
    """Return one event of the pull request that matters here, None of another kind."""
    kind = EVENTS.get(text(data, "event"))
    if kind is None:
        return None
    return PullEvent(kind, moment(data, "created_at"), text(data, "actor", "login"))


def number_of(data: Any) -> int | None:  # noqa: ANN401  # JSON
    """Return the number of the pull request that an object is of."""
    return number(data, "number")
