"""GitHub's GraphQL over the same world: its own schema, so that only what GitHub knows can be asked."""

from __future__ import annotations

from functools import cache
from typing import Any

from github import objects
from github.fetch import GRAPHQL
from github.world import CheckRun, Comment, Event, Pull, Review, Status, User, World

MOST = 100  # of a connection's first or last
Json = dict[str, Any]


@cache
def schema():
    """Return GitHub's schema, built once (a second of CPU)."""
    from graphql import build_schema

    return build_schema(GRAPHQL.file.read_text(), assume_valid=True)


def answered(world: World, body: Json, user: User) -> Json:
    """Answer a query: data, and errors where there are some, both with status 200, as GitHub does."""
    from graphql import graphql_sync

    root = {
        "repository": lambda _info, owner, name, **_: (
            repository(world) if (owner, name) == (world.owner, world.name) else None
        ),
        "viewer": actor(user),
        "rateLimit": {
            "cost": 1,
            "limit": 5000,
            "remaining": 4999,
            "resetAt": "2026-11-24T10:00:00Z",
            "nodeCount": 100,
            "used": 1,
        },
    }
    done = graphql_sync(schema(), body["query"], root_value=root, variable_values=body.get("variables"))
    found: Json = {"data": done.data}
    if done.errors:
        found["errors"] = [{"message": error.message, "path": error.path, "type": "UNKNOWN"} for error in done.errors]
    return found


def connection(items: list[Any], make) -> Any:
    """Return a resolver that cuts a list by first, last and after, as GitHub's connections do."""

    def resolve(_info, first: int | None = None, last: int | None = None, after: str | None = None, **more) -> Json:
        if not (first or last) or max(first or 0, last or 0) > MOST:
            raise ValueError("`first` or `last`, of 1 to 100, is needed on the connection")
        wanted = _of_kinds(items, more)
        start = int(after) if after else 0
        stop = start + first if first else len(wanted)
        start = max(len(wanted) - last, start) if last and not first else start
        page = [make(each) for each in wanted[start:stop]]
        return {
            "totalCount": len(wanted),
            "filteredCount": len(wanted),  # of a timeline: without what was not asked for
            "nodes": page,
            "edges": [{"node": node, "cursor": str(start + at + 1)} for at, node in enumerate(page)],
            "pageInfo": {
                "hasNextPage": stop < len(wanted),
                "hasPreviousPage": start > 0,
                "endCursor": str(start + len(page)) if page else None,
                "startCursor": str(start + 1) if page else None,
            },
        }

    return resolve


def _of_kinds(items: list[Any], more: Json) -> list[Any]:
    if kinds := more.get("itemTypes"):
        wanted = {kind.replace("_", "").lower() for kind in kinds}
        return [each for each in items if each.kind.lower() in wanted]
    if more.get("writersOnly"):
        return [each for each in items if each.user.permission in {"admin", "write"}]
    return items


def actor(user: User | None) -> Json | None:
    if user is None:
        return None
    login = user.login.removesuffix("[bot]")  # as GraphQL has a bot's login
    return {"__typename": user.type, "login": login, "databaseId": user.id, "id": f"U_{user.id}", "name": user.login}


def repository(world: World) -> Json:
    return {
        "id": "R_1",
        "databaseId": 1,
        "name": world.name,
        "nameWithOwner": f"{world.owner}/{world.name}",
        "isFork": False,
        "owner": {"__typename": "Organization", "login": world.owner, "id": "O_7"},
        "defaultBranchRef": {"name": "main", "target": _commit(world, world.sha("refs/heads/main"), None)},
        "pullRequest": lambda _info, number: _pull_or_error(world, number),
    }


def _pull_or_error(world: World, number: int) -> Json:
    found = world.pull(number)
    if found is None:
        raise ValueError(f"Could not resolve to a PullRequest with the number of {number}.")
    return pull(world, found)


def pull(world: World, each: Pull) -> Json:
    changed, shas = objects.files(world, each), objects.shas(world, each)
    head, base = world.head(each), world.sha(f"refs/heads/{each.base}")
    mergeable = objects.is_mergeable(world, each)
    fork = (
        None
        if each.fork is None
        else {**repository(world), "nameWithOwner": f"{each.fork or world.owner}/{world.name}"}
    )
    return {
        "id": f"PR_{each.number}",
        "databaseId": 5000 + each.number,
        "fullDatabaseId": str(5000 + each.number),
        "number": each.number,
        "title": each.title,
        "body": each.body,
        "bodyText": each.body,
        "state": "MERGED" if each.merged else each.state.upper(),
        "isDraft": each.draft,
        "merged": each.merged,
        "closed": each.state == "closed",
        "createdAt": each.at,
        "updatedAt": each.at,
        "lastEditedAt": None,
        "url": f"https://github.invalid/{world.owner}/{world.name}/pull/{each.number}",
        "author": actor(each.user),
        "authorAssociation": objects.association(world, each.user),
        "headRefOid": head,
        "headRefName": each.branch,
        "baseRefOid": base,
        "baseRefName": each.base,
        "headRepository": fork,
        "headRepositoryOwner": None
        if fork is None
        else {"__typename": "Organization", "login": each.fork or world.owner, "id": "O_8"},
        "isCrossRepository": each.fork != "",
        "baseRepository": repository(world),
        "mergeable": {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[mergeable],
        "mergeStateStatus": {None: "UNKNOWN", True: "CLEAN", False: "DIRTY"}[mergeable],
        "reviewDecision": None,
        "changedFiles": len(changed),
        "additions": sum(one["additions"] for one in changed),
        "deletions": sum(one["deletions"] for one in changed),
        "labels": connection(each.labels, lambda text: {"name": text, "id": f"L_{text}", "color": "ededed"}),
        "files": connection(changed[: world.files_at_most], _file),
        "reviews": connection(each.reviews, lambda one: _review(world, one)),
        "latestOpinionatedReviews": connection(_opinions(each), lambda one: _review(world, one)),
        "latestReviews": connection(each.reviews, lambda one: _review(world, one)),
        "reviewThreads": connection([], dict),
        "reviewRequests": connection(
            each.asked, lambda who: {"requestedReviewer": actor(who), "id": f"RR_{who.id}", "asCodeOwner": False}
        ),
        "comments": connection(
            [one for one in world.comments if one.number == each.number], lambda one: _comment(world, one)
        ),
        "commits": connection(shas[-250:], lambda sha: {"id": f"PRC_{sha}", "commit": _commit(world, sha, each)}),
        "statusCheckRollup": _rollup(world, head, each),
        "timelineItems": connection(each.events, _event),
        "participants": connection([], dict),
        "assignees": connection(each.assignees, actor),
    }


def _file(changed: Json) -> Json:
    kinds = {"added": "ADDED", "removed": "DELETED", "renamed": "RENAMED", "copied": "COPIED", "modified": "MODIFIED"}
    return {
        "path": changed["filename"],
        "additions": changed["additions"],
        "deletions": changed["deletions"],
        "changeType": kinds.get(changed["status"], "CHANGED"),
        "viewerViewedState": "UNVIEWED",
    }


def _opinions(each: Pull) -> list[Review]:
    newest = {one.user.id: one for one in each.reviews if one.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}}
    return list(newest.values())


def _review(world: World, each: Review) -> Json:
    return {
        "id": f"PRR_{each.id}",
        "databaseId": each.id,
        "fullDatabaseId": str(each.id),
        "author": actor(each.user),
        "authorAssociation": objects.association(world, each.user),
        "authorCanPushToRepository": each.user.permission in {"admin", "write"},
        "state": each.state,
        "submittedAt": each.at,
        "createdAt": each.at,
        "updatedAt": each.at,
        "lastEditedAt": None,
        "body": each.body,
        "commit": {"oid": each.commit, "__typename": "Commit", "id": f"C_{each.commit}"},
        "onBehalfOf": connection([], dict),
    }


def _comment(world: World, each: Comment) -> Json:
    return {
        "id": f"IC_{each.id}",
        "databaseId": each.id,
        "fullDatabaseId": str(each.id),
        "author": actor(each.user),
        "authorAssociation": objects.association(world, each.user),
        "body": each.body,
        "createdAt": each.at,
        "updatedAt": each.edited or each.at,
        "lastEditedAt": each.edited or None,
        "url": "https://github.invalid/",
    }


def _commit(world: World, sha: str, each: Pull | None) -> Json:
    found = objects.commit(world, sha)
    inner = found["commit"]

    def person(role: str) -> Json:
        known = inner[role]
        who = world.user_of(known["email"])
        account = actor(who) if who and who.type == "User" else None
        return {"name": known["name"], "email": known["email"], "date": known["date"], "user": account}

    return {
        "__typename": "Commit",
        "id": f"C_{sha}",
        "oid": sha,
        "abbreviatedOid": sha[:7],
        "message": inner["message"],
        "messageHeadline": inner["message"].partition("\n")[0],
        "messageBody": inner["message"].partition("\n")[2].strip(),
        "authoredDate": inner["author"]["date"],
        "committedDate": inner["committer"]["date"],
        "author": person("author"),
        "committer": person("committer"),
        "authors": connection([person("author")], dict),
        "parents": connection(found["parents"], lambda parent: {"oid": parent["sha"], "id": parent["sha"]}),
        "statusCheckRollup": _rollup(world, sha, each),
    }


def _rollup(world: World, sha: str, each: Pull | None) -> Json | None:
    runs = list({(run.app, run.name): run for run in world.check_runs if run.sha == sha}.values())
    statuses = list({one.context: one for one in world.statuses if one.sha == sha}.values())
    if not (runs or statuses):
        return None
    worst = "SUCCESS" if all(run.conclusion == "success" for run in runs) else "FAILURE"
    return {
        "id": f"SCR_{sha}",
        "state": worst,
        "contexts": connection([*runs, *statuses], lambda one: _context(world, one)),
    }


def _context(world: World, each: CheckRun | Status) -> Json:
    if isinstance(each, CheckRun):
        return {
            "__typename": "CheckRun",
            "id": f"CR_{each.id}",
            "databaseId": each.id,
            "name": each.name,
            "status": each.status.upper(),
            "conclusion": each.conclusion.upper() if each.conclusion else None,
            "startedAt": each.at,
            "completedAt": each.at if each.conclusion else None,
            "isRequired": lambda _info, **_: each.name in world.required_checks,
            "checkSuite": {
                "id": f"CS_{each.id}",
                "app": {
                    "slug": each.app,
                    "id": f"A_{each.app}",
                    "name": each.app,
                    "databaseId": sum(map(ord, each.app)),
                },
            },
        }
    return {
        "__typename": "StatusContext",
        "id": f"SC_{each.id}",
        "context": each.context,
        "state": each.state.upper(),
        "description": each.description,
        "createdAt": each.at,
        "creator": actor(each.user),
        "isRequired": lambda _info, **_: each.context in world.required_checks,
    }


def _event(each: Event) -> Json:
    more = {key: {"oid": value, "id": value} if key.endswith("Commit") else value for key, value in each.more.items()}
    return {"__typename": each.kind, "id": f"E_{each.at}", "createdAt": each.at, "actor": actor(each.user), **more}
