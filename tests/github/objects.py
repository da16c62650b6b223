"""The world's things as GitHub's REST API shows them: its shapes, filled with what git and the world say."""

from __future__ import annotations

import base64
from typing import Any

from github.description import description
from github.world import CheckRun, Comment, Issue, Pull, Review, Status, User, World

Json = dict[str, Any]
shaped = description
WEB = "https://github.invalid/"
STATES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def user(each: User | None) -> Json | None:
    if each is None:
        return None
    return shaped().shaped(
        "simple-user", login=each.login, id=each.id, type=each.type, node_id=f"U_{each.id}", site_admin=False
    )


def repository(world: World, owner: str = "", schema: str = "repository") -> Json:
    name = f"{owner or world.owner}/{world.name}"
    return shaped().shaped(
        schema,
        id=1 if not owner else 2,
        name=world.name,
        full_name=name,
        owner=shaped().shaped("simple-user", login=owner or world.owner, id=7, type="Organization"),
        fork=bool(owner),
        default_branch="main",
        html_url=f"https://github.invalid/{name}",
    )


def label(text: str) -> Json:
    return shaped().shaped("label", name=text, id=sum(map(ord, text)), color="ededed", default=False, description=None)


def _side(world: World, branch: str, sha: str, fork: str | None = "") -> Json:
    owner = "" if fork is None else fork
    return {
        "label": f"{owner or world.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "repo": None if fork is None else repository(world, owner),
        "user": None if fork is None else shaped().shaped("simple-user", login=owner or world.owner, id=7),
    }


def pull(world: World, each: Pull, schema: str = "pull-request") -> Json:
    head, base = world.head(each), world.sha(f"refs/heads/{each.base}")
    here = f"{WEB}repos/{world.owner}/{world.name}/pulls/{each.number}"
    known: Json = {
        "id": 5000 + each.number,
        "number": each.number,
        "title": each.title,
        "body": each.body or None,
        "user": user(each.user),
        "state": each.state,
        "draft": each.draft,
        "labels": [label(text) for text in each.labels],
        "head": _side(world, each.branch, head, each.fork),
        "base": _side(world, each.base, base),
        "created_at": each.at,
        "updated_at": each.at,
        "requested_reviewers": [user(who) for who in each.asked],
        "requested_teams": [],
        "author_association": association(world, each.user),
        "html_url": f"https://github.invalid/{world.owner}/{world.name}/pull/{each.number}",
        "url": here,
        "merged_at": each.at if each.merged else None,
        "merge_commit_sha": None,
        "locked": False,
    }
    if schema == "pull-request":
        known |= _of_one_pull(world, each)
    return shaped().shaped(schema, **known)


def _of_one_pull(world: World, each: Pull) -> Json:
    changed = files(world, each)
    mergeable = is_mergeable(world, each)
    return {
        "mergeable": mergeable,
        "mergeable_state": {None: "unknown", True: "clean", False: "dirty"}[mergeable],
        "merged": each.merged,
        "changed_files": len(changed),
        "commits": len(shas(world, each)),
        "additions": sum(one["additions"] for one in changed),
        "deletions": sum(one["deletions"] for one in changed),
        "comments": sum(comment.number == each.number for comment in world.comments),
        "maintainer_can_modify": False,
    }


def is_mergeable(world: World, each: Pull) -> bool | None:
    """Tell whether a pull request merges; like GitHub, not at the first question where the world says so."""
    if world.unknown_mergeable > 0:
        world.unknown_mergeable -= 1
        return None
    sides = (f"refs/heads/{each.base}", f"refs/pull/{each.number}/head")
    merged = world.git("merge-tree", "--write-tree", "--no-messages", *sides, check=False)
    return "\n" not in merged


def association(world: World, each: User) -> str:
    if each.login == "owner":
        return "OWNER"
    return {"admin": "MEMBER", "write": "MEMBER", "read": "CONTRIBUTOR"}.get(each.permission, "NONE")


def span(world: World, each: Pull) -> tuple[str, str]:
    head = world.head(each)
    return world.git("merge-base", f"refs/heads/{each.base}", head), head


def shas(world: World, each: Pull) -> list[str]:
    start, head = span(world, each)
    return world.git("rev-list", "--reverse", f"{start}..{head}").split()


def files(world: World, each: Pull) -> list[Json]:
    """Return all files of a pull request, the list that GitHub cuts off."""
    start, head = span(world, each)
    counts = _counts(world, start, head)
    raw = world.git("diff", "--raw", "-z", "-M", "--no-abbrev", start, head).split("\0")
    found, at = [], 0
    while at + 1 < len(raw):
        _, _, _, blob, state = raw[at].split(" ")
        moved = state[0] in "RC"
        before, name = (raw[at + 1], raw[at + 2]) if moved else ("", raw[at + 1])
        at += 3 if moved else 2
        added, gone = counts.get(name, (0, 0))
        known = {"previous_filename": before} if moved else {}
        found.append(
            shaped().shaped(
                "diff-entry",
                filename=name,
                status=STATES[state[0]],
                sha=blob,
                additions=added,
                deletions=gone,
                changes=added + gone,
                **known,
            )
        )
    return found


def _counts(world: World, start: str, head: str) -> dict[str, tuple[int, int]]:
    found = {}
    parts = iter(world.git("diff", "--numstat", "-z", "-M", start, head).split("\0"))
    for part in parts:
        if not part:
            continue
        added, gone, name = part.split("\t")
        if not name:
            next(parts)
            name = next(parts)
        found[name] = (int(added) if added.isdecimal() else 0, int(gone) if gone.isdecimal() else 0)
    return found


def commit(world: World, sha: str) -> Json:
    fields = world.git("show", "-s", "--format=%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", sha).split("\0")
    author, mail, at, by, their_mail, their_at, message = fields
    parents = world.git("show", "-s", "--format=%P", sha).split()
    known = {
        "sha": sha,
        "node_id": f"C_{sha[:9]}",
        "author": user(world.user_of(mail)),
        "committer": user(world.user_of(their_mail)),
        "parents": [{"sha": parent, "url": WEB} for parent in parents],
        "commit": {
            "message": message.rstrip("\n"),
            "author": {"name": author, "email": mail, "date": at},
            "committer": {"name": by, "email": their_mail, "date": their_at},
        },
    }
    return shaped().shaped("commit", **known)


def review(world: World, each: Review) -> Json:
    return shaped().shaped(
        "pull-request-review",
        id=each.id,
        user=user(each.user),
        state=each.state,
        commit_id=each.commit,
        submitted_at=each.at,
        body=each.body,
        author_association=association(world, each.user),
    )


def check_run(each: CheckRun) -> Json:
    output = {"title": None, "summary": None, "text": None, **each.output}
    output["annotations_count"] = len(each.annotations)
    app = shaped().shaped("integration", slug=each.app, name=each.app, id=sum(map(ord, each.app)))
    return shaped().shaped(
        "check-run",
        id=each.id,
        head_sha=each.sha,
        name=each.name,
        status=each.status,
        conclusion=each.conclusion,
        started_at=each.at,
        completed_at=each.at if each.conclusion else None,
        app=app,
        check_suite={"id": each.id + 1},
        output=output,
    )


def status(each: Status) -> Json:
    return shaped().shaped(
        "status",
        id=each.id,
        state=each.state,
        context=each.context,
        description=each.description or None,
        target_url=each.target_url or None,
        created_at=each.at,
        updated_at=each.at,
        creator=user(each.user),
    )


def combined(world: World, sha: str, found: list[Status]) -> Json:
    """Return the newest status of each context, and the worst of them."""
    newest: dict[str, Status] = {each.context: each for each in found}
    states = {each.state for each in newest.values()}
    worst = (
        "failure" if states & {"failure", "error"} else "pending" if "pending" in states or not states else "success"
    )
    simple = [
        shaped().shaped(
            "simple-commit-status",
            **({key: value for key, value in status(each).items() if key != "creator"} | {"url": WEB}),
        )
        for each in newest.values()
    ]
    return shaped().shaped(
        "combined-commit-status",
        state=worst,
        sha=sha,
        total_count=len(simple),
        statuses=simple,
        repository=repository(world, schema="minimal-repository"),
    )


def comment(world: World, each: Comment) -> Json:
    return shaped().shaped(
        "issue-comment",
        id=each.id,
        body=each.body,
        user=user(each.user),
        created_at=each.at,
        updated_at=each.edited or each.at,
        author_association=association(world, each.user),
        issue_url=f"{WEB}repos/{world.owner}/{world.name}/issues/{each.number}",
        html_url=f"https://github.invalid/{world.owner}/{world.name}/issues/{each.number}#issuecomment-{each.id}",
    )


def issue(world: World, each: Issue) -> Json:
    known: Json = {
        "id": 9000 + each.number,
        "number": each.number,
        "title": each.title,
        "body": each.body or None,
        "user": user(each.user),
        "state": each.state,
        "labels": [label(text) for text in each.labels],
        "assignee": user(each.assignees[0]) if each.assignees else None,
        "assignees": [user(who) for who in each.assignees],
        "created_at": each.at,
        "updated_at": each.at,
        "author_association": association(world, each.user),
        "html_url": f"https://github.invalid/{world.owner}/{world.name}/issues/{each.number}",
    }
    if isinstance(each, Pull):
        known["pull_request"] = dict.fromkeys(("diff_url", "html_url", "patch_url", "url"), WEB)
    return shaped().shaped("issue", **known)


def ref(world: World, name: str) -> Json:
    found = shaped().shaped("git-ref", ref=f"refs/{name}", node_id="REF")
    found["object"] = {"type": "commit", "sha": world.sha(f"refs/{name}"), "url": WEB}
    return found


def content(world: World, path: str, at: str) -> Json | None:
    """Return a file at a commit, None when there is none."""
    blob = world.git("rev-parse", "-q", "--verify", f"{at}:{path}", check=False)
    if not blob:
        return None
    text = world.git("cat-file", "blob", blob)
    return shaped().shaped(
        "content-file",
        type="file",
        encoding="base64",
        size=len(text),
        name=path.rpartition("/")[2],
        path=path,
        sha=blob,
        content=base64.b64encode(text.encode()).decode(),
        **dict.fromkeys(("url", "git_url", "html_url", "download_url"), WEB),
        _links={"self": WEB, "git": WEB, "html": WEB},
    )
