"""GitHub's routes that a review gate needs, each over the world."""

from __future__ import annotations

import base64

from github import objects
from github.answers import Answer, Call, listed, missing, refused, route, unprocessable
from github.world import Issue, Pull

REPO = "/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{pull_number}"
ISSUE = REPO + "/issues/{issue_number}"
LONGEST_COMMENT = 65_536  # characters; "body is too long (maximum is 65536 characters)"
LONGEST_DESCRIPTION = 140


def _pull(call: Call) -> Pull | None:
    return call.world.pull(int(call.names["pull_number"]))


def _issue(call: Call) -> Issue | None:
    return call.world.issues.get(int(call.names["issue_number"]))


def _may_write(call: Call) -> bool:
    return call.user.permission in {"admin", "write"}


def _forbidden() -> Answer:
    return refused(403, "Resource not accessible by integration")


# -- the repository and who works on it ----------------------------------------------------------------------


@route("GET", "/user")
def _user(call: Call) -> Answer:
    if call.user.type == "Bot":  # as the token of a workflow is told
        return _forbidden()
    return Answer(objects.shaped().shaped("public-user", **(objects.user(call.user) or {})))


@route("GET", REPO)
def _repository(call: Call) -> Answer:
    return Answer(objects.repository(call.world, schema="full-repository"))


@route("GET", REPO + "/collaborators/{username}/permission")
def _permission(call: Call) -> Answer:
    who = call.world.users.get(call.names["username"])
    if who is None:
        return missing()
    body = objects.shaped().shaped("repository-collaborator-permission", permission=who.permission)
    return Answer({**body, "role_name": who.permission, "user": None})


@route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}")
def _membership(call: Call) -> Answer:
    state = call.world.teams.get(call.names["team_slug"], {}).get(call.names["username"])
    if state is None:
        return missing()
    return Answer(objects.shaped().shaped("team-membership", role="member", state=state))


@route("GET", "/orgs/{org}/teams/{team_slug}/members")
def _members(call: Call) -> Answer:
    team = call.world.teams.get(call.names["team_slug"])
    if team is None:
        return missing()
    return listed([objects.user(call.world.users[login]) for login, state in team.items() if state == "active"])


# -- pull requests -------------------------------------------------------------------------------------------


@route("GET", REPO + "/pulls")
def _pulls(call: Call) -> Answer:
    wanted = call.query.get("state", "open")
    found = [each for each in call.world.issues.values() if isinstance(each, Pull)]
    found = [each for each in found if wanted in {"all", each.state}]
    head = call.query.get("head", "")
    found = [each for each in found if not head or head == f"{call.world.owner}:{each.branch}"]
    return listed([objects.pull(call.world, each, "pull-request-simple") for each in reversed(found)])


@route("POST", REPO + "/pulls")
def _open_pull(call: Call) -> Answer:
    if not _may_write(call):
        return _forbidden()
    if not call.world.sha(f"refs/heads/{call.body['head']}"):
        return unprocessable("head does not exist", "head")
    given = {key: call.body[key] for key in ("base", "draft") if key in call.body}
    made = call.world.open_pull(
        call.body["head"], user=call.user, title=call.body.get("title", ""), body=call.body.get("body", ""), **given
    )
    return Answer(objects.pull(call.world, made), 201)


@route("GET", PULL)
def _one_pull(call: Call) -> Answer:
    found = _pull(call)
    return missing() if found is None else Answer(objects.pull(call.world, found))


@route("GET", PULL + "/files")
def _files(call: Call) -> Answer:
    found = _pull(call)
    return missing() if found is None else listed(objects.files(call.world, found)[: call.world.files_at_most])


@route("GET", PULL + "/commits")
def _commits(call: Call) -> Answer:
    found = _pull(call)
    if found is None:
        return missing()
    return listed([objects.commit(call.world, sha) for sha in objects.shas(call.world, found)[:250]])


@route("GET", PULL + "/reviews")
def _reviews(call: Call) -> Answer:
    found = _pull(call)
    return missing() if found is None else listed([objects.review(call.world, each) for each in found.reviews])


@route("GET", PULL + "/requested_reviewers")
def _asked(call: Call) -> Answer:
    found = _pull(call)
    if found is None:
        return missing()
    return Answer({"users": [objects.user(who) for who in found.asked], "teams": []})


# -- checks and statuses -------------------------------------------------------------------------------------


@route("GET", REPO + "/commits/{ref}")
def _commit(call: Call) -> Answer:
    sha = call.world.sha(call.names["ref"])
    return Answer(objects.commit(call.world, sha)) if sha else unprocessable("No commit found for SHA")


@route("GET", REPO + "/commits/{ref}/check-runs")
def _check_runs(call: Call) -> Answer:
    sha = call.world.sha(call.names["ref"])
    found = [each for each in call.world.check_runs if each.sha == sha]
    if call.query.get("filter", "latest") == "latest":
        found = list({(each.app, each.name): each for each in found}.values())
    if name := call.query.get("check_name"):
        found = [each for each in found if each.name == name]
    count = len(found)
    return listed([objects.check_run(each) for each in found], lambda page: {"total_count": count, "check_runs": page})


@route("GET", REPO + "/commits/{ref}/status")
def _combined(call: Call) -> Answer:
    sha = call.world.sha(call.names["ref"])
    if not sha:
        return missing()
    return Answer(objects.combined(call.world, sha, [each for each in call.world.statuses if each.sha == sha]))


@route("GET", REPO + "/commits/{ref}/statuses")
def _statuses(call: Call) -> Answer:
    sha = call.world.sha(call.names["ref"])
    return listed([objects.status(each) for each in reversed(call.world.statuses) if each.sha == sha])


@route("POST", REPO + "/statuses/{sha}")
def _report_status(call: Call) -> Answer:
    if not _may_write(call):
        return _forbidden()
    if not call.world.sha(call.names["sha"]):
        return unprocessable("No commit found for SHA", "sha")
    if len(call.body.get("description") or "") > LONGEST_DESCRIPTION:
        return unprocessable("description is too long (maximum is 140 characters)", "description")
    more = {key: call.body.get(key) or "" for key in ("description", "target_url")}
    context = call.body.get("context", "default")
    return Answer(
        objects.status(call.world.report_status(call.names["sha"], call.user, context, call.body["state"], **more)), 201
    )


@route("POST", REPO + "/check-runs")
def _create_check(call: Call) -> Answer:
    if call.user.type != "Bot":
        return refused(403, "You must authenticate via a GitHub App.")
    if not call.world.sha(call.body["head_sha"]):
        return unprocessable("No commit found for SHA", "head_sha")
    run = call.world.report_check(
        call.body["head_sha"], call.body["name"], None, app=call.user.login.removesuffix("[bot]")
    )
    return _filled_in(call, run, 201)


@route("PATCH", REPO + "/check-runs/{check_run_id}")
def _update_check(call: Call) -> Answer:
    run = next((each for each in call.world.check_runs if str(each.id) == call.names["check_run_id"]), None)
    return missing() if run is None else _filled_in(call, run, 200)


def _filled_in(call: Call, run, status: int) -> Answer:
    output = dict(call.body.get("output") or {})
    run.annotations += output.pop("annotations", [])
    run.output.update({key: output[key] for key in ("title", "summary", "text") if key in output})
    run.conclusion = call.body.get("conclusion", run.conclusion)
    run.status = "completed" if run.conclusion else call.body.get("status", run.status)
    return Answer(objects.check_run(run), status)


# -- issues and comments -------------------------------------------------------------------------------------


@route("GET", REPO + "/issues")
def _issues(call: Call) -> Answer:
    wanted, labels = call.query.get("state", "open"), set(filter(None, call.query.get("labels", "").split(",")))
    found = [each for each in call.world.issues.values() if wanted in {"all", each.state}]
    return listed([objects.issue(call.world, each) for each in reversed(found) if labels <= set(each.labels)])


@route("POST", REPO + "/issues")
def _open_issue(call: Call) -> Answer:
    if not _may_write(call):
        return _forbidden()
    body = call.body.get("body") or ""
    if len(body) > LONGEST_COMMENT:
        return unprocessable("body is too long (maximum is 65536 characters)", "body")
    made = call.world.open_issue(call.body["title"], body, user=call.user, labels=call.body.get("labels"))
    return Answer(objects.issue(call.world, made), 201)


@route("GET", ISSUE)
def _one_issue(call: Call) -> Answer:
    found = _issue(call)
    return missing() if found is None else Answer(objects.issue(call.world, found))


@route("PATCH", ISSUE)
def _change_issue(call: Call) -> Answer:
    found = _issue(call)
    if found is None:
        return missing()
    if not _may_write(call):
        return _forbidden()
    for name in ("title", "body", "state", "labels"):
        if name in call.body:
            setattr(found, name, call.body[name])
    return Answer(objects.issue(call.world, found))


@route("POST", ISSUE + "/assignees")
def _assign(call: Call) -> Answer:
    found = _issue(call)
    if found is None:
        return missing()
    wanted = [call.world.users.get(login) for login in call.body["assignees"]]
    found.assignees += [who for who in wanted if who and who not in found.assignees and who.permission != "none"]
    return Answer(objects.issue(call.world, found), 201)  # as GitHub: who cannot be assigned is left out in silence


@route("GET", ISSUE + "/comments")
def _comments(call: Call) -> Answer:
    found = _issue(call)
    if found is None:
        return missing()
    return listed([objects.comment(call.world, each) for each in call.world.comments if each.number == found.number])


@route("POST", ISSUE + "/comments")
def _comment(call: Call) -> Answer:
    found = _issue(call)
    if found is None:
        return missing()
    if not _may_write(call):
        return _forbidden()
    if not 0 < len(call.body["body"]) <= LONGEST_COMMENT:
        return unprocessable("body is too long (maximum is 65536 characters)", "body")
    return Answer(objects.comment(call.world, call.world.comment(found.number, call.user, call.body["body"])), 201)


@route("GET", REPO + "/issues/comments/{comment_id}")
def _one_comment(call: Call) -> Answer:
    found = _known_comment(call)
    return missing() if found is None else Answer(objects.comment(call.world, found))


@route("PATCH", REPO + "/issues/comments/{comment_id}")
def _edit_comment(call: Call) -> Answer:
    found = _known_comment(call)
    if found is None:
        return missing()
    if not _may_write(call):
        return _forbidden()
    if not 0 < len(call.body["body"]) <= LONGEST_COMMENT:
        return unprocessable("body is too long (maximum is 65536 characters)", "body")
    found.body, found.edited = call.body["body"], call.world.now()
    return Answer(objects.comment(call.world, found))


def _known_comment(call: Call):
    return next((each for each in call.world.comments if str(each.id) == call.names["comment_id"]), None)


# -- git -----------------------------------------------------------------------------------------------------


@route("GET", REPO + "/git/ref/{ref}")
def _ref(call: Call) -> Answer:
    return (
        Answer(objects.ref(call.world, call.names["ref"])) if call.world.sha(f"refs/{call.names['ref']}") else missing()
    )


@route("POST", REPO + "/git/refs")
def _create_ref(call: Call) -> Answer:
    if not _may_write(call):
        return _forbidden()
    name = call.body["ref"].removeprefix("refs/")
    if call.world.sha(f"refs/{name}"):
        return unprocessable("Reference already exists", "ref")
    call.world.git("update-ref", f"refs/{name}", call.body["sha"])
    return Answer(objects.ref(call.world, name), 201)


@route("GET", REPO + "/contents/{path}")
def _contents(call: Call) -> Answer:
    found = objects.content(call.world, call.names["path"], call.query.get("ref", "main"))
    return missing() if found is None else Answer(found)


@route("PUT", REPO + "/contents/{path}")
def _put_contents(call: Call) -> Answer:
    if not _may_write(call):
        return _forbidden()
    branch, path = call.body.get("branch", "main"), call.names["path"]
    there = objects.content(call.world, path, branch)
    if there and there["sha"] != call.body.get("sha"):
        return refused(409, f"{path} does not match {call.body.get('sha')}")
    text = base64.b64decode(call.body["content"]).decode()
    sha = call.world.commit(branch, {path: text}, user=call.user, message=call.body["message"])
    body = objects.shaped().shaped("file-commit")
    body["commit"] |= {"sha": sha}
    body["content"] = objects.content(call.world, path, branch)
    return Answer(body, 200 if there else 201)
