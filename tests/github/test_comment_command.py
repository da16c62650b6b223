"""`coordguard comment`: commands on a page are obeyed for those who may give them, and answered once."""

import json
import subprocess
import sys

import pytest

from github.fetch import WEBHOOKS
from pytest_coordguard.cli import main

PLAN = """\
version: 1
critical: {reviewers: [Coordinator]}
comments:
  explain: [coordinator, ana]
  assign: []
tasks:
  T-1:
    title: The shop
    owner: ana
    accept:
      readme: {text: There is a README, check: files.exist, files: README.md}
      till: {text: The till counts, check: files.exist, files: shop/missing.py}
"""
WAIVE = "/waive T-1/till until 2030-12-31 because the till `is` built next"


@pytest.fixture
def root(world, monkeypatch):
    """The shop with a plan, checked out at main."""
    world.commit("main", {"coordguard.yaml": PLAN, ".gitignore": "docs/\n"}, user=world.users["owner"])
    world.git("switch", "-q", "main")
    monkeypatch.chdir(world.root)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    return world.root


@pytest.fixture
def page(root, world):
    return world.open_issue("Till", user=world.user("ana"))


def event_of(world, comment, *, action="created", pull=False):
    """Return the event of a comment, with what an issue_comment has and no more than is read of it."""
    issue = {"number": comment.number} | ({"pull_request": {"url": "x"}} if pull else {})
    user = {"login": comment.user.login, "id": comment.user.id, "type": comment.user.type}
    times = {"created_at": comment.at, "updated_at": comment.edited or comment.at}
    return {
        "action": action,
        "issue": issue,
        "comment": {"id": comment.id, "body": comment.body, "user": user, **times},
        "repository": {"full_name": f"{world.owner}/{world.name}"},
    }


@pytest.fixture
def said(world, page, tmp_path, capfd, monkeypatch):
    """Return a function that makes a comment and runs the command on its event: status, and its answer in JSON."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)  # how this suite is run is nothing to the gate of another

    def say(body, login="coordinator", *options, **more):
        comment = world.comment(page.number, world.user(login), body)
        event = tmp_path / "event.json"
        event.write_text(json.dumps(event_of(world, comment, **more)))
        status = main(["comment", "--event", str(event), "--json", *options])
        return status, json.loads(capfd.readouterr().out)

    return say


def answers(found):
    return [(each["done"], each["answer"]) for each in found["commands"]]


def test_a_criterion_is_explained(said):
    status, found = said("Hm.\n/coordguard explain T-1/till")

    assert (status, found["by"], found["ignored"]) == (0, "coordinator", "")
    assert found["reply"].startswith(
        "`/coordguard explain T-1/till`\n\nWhat is known of it:\n\n    T-1/till: The till counts\n      task      T-1"
    )


def test_a_gate_is_run_and_its_verdict_told(said, world):
    status, found = said("/coordguard run preaudit")
    (answer,) = answers(found)

    assert (status, answer[0]) == (0, True)
    assert answer[1].startswith(
        "**Gate preaudit is CLOSED: 1 of 2 met, 1 unmet** (the branch that is checked out here at "
        f"`{world.sha('main')[:7]}`, exit status 1)\n\n- [ ] **unmet**: `T-1/till` The till counts\n"
    )


def test_a_waiver_is_answered_with_its_lines_and_writes_nothing(said, root):
    status, found = said(WAIVE)

    assert status == 0
    assert found["reply"] == (
        "`/waive T-1/till until 2030-12-31 because the till is built next`\n\n"
        "Nothing is waived by a comment. These lines of `coordguard.yaml` waive it once the base branch has them:\n\n"
        "    waivers:\n"
        "      - {criterion: T-1/till, reason: the till is built next, owner: coordinator, until: 2030-12-31}\n"
    )
    assert subprocess.check_output(["git", "status", "--porcelain"], cwd=root) == b""


REFUSED = {
    "/coordguard explain T-1/tilt": "T-1/tilt is no criterion of the plan; did you mean T-1/till?",
    "/coordguard run preaudits": "preaudits is no gate of the plan; did you mean preaudit?",
    "/coordguard run review_gate": "`review_gate` judges a pull request, and this is an issue",
    "/waive T-1/till until 2020-01-01 because x": "2020-01-01 is over; a waiver ends today at the earliest",
    "/assign": "coordinator may not ask for this; comments.assign of the plan says who may",
    "/coordguard exlpain T-1/till": "there is no command /coordguard exlpain. Meant: `/coordguard explain TASK/slug`",
    "/waive T-1/till": "a waiver names its last day. Meant: `/waive TASK/slug until YYYY-MM-DD because REASON`",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_not_done_is_said_with_what_was_meant(said, line):
    status, found = said(line)

    assert (status, answers(found)) == (1, [(False, REFUSED[line])])


def test_a_permission_is_for_one_command(said):
    """Ana may have things explained; only reviewers waive."""
    assert said("/coordguard explain T-1/till", "ana")[0] == 0
    assert answers(said(WAIVE, "ana")[1]) == [
        (False, "ana may not ask for this; comments.waive of the plan says who may")
    ]


STRANGER = "mallory may ask for nothing here; `comments` of the plan says who may"
IGNORED = {
    "a stranger": (("/coordguard run preaudit", "mallory"), {}, STRANGER),
    "an edited comment": (("/assign",), {"action": "edited"}, "the comment is edited, and only a new one is obeyed"),
    "a bot": (("/assign", "coordinator[bot]"), {}, "coordinator[bot] is a bot"),
    "no command": (("Fine.\n> /assign",), {}, "there is no command in the comment"),
    "another bot's command": (("/lgtm",), {}, "there is no command in the comment"),
    "a very long comment": (("/assign\n" + "x" * 20_000,), {}, "the comment has more than 20000 characters"),
}  # fmt: skip


@pytest.mark.parametrize("kind", IGNORED)
def test_what_is_not_for_us_gets_no_answer_on_the_page(said, kind):
    arguments, more, why = IGNORED[kind]
    status, found = said(*arguments, **more)

    assert (status, found["ignored"], found["reply"], found["commands"]) == (0, why, "", [])


def test_a_command_of_signs_stays_text(said, root):
    """Nothing of it reaches a shell, and none of it gets power over the page."""
    status, found = said("/coordguard run $(touch${IFS}owned)`@all`<img>")

    assert (status, (root / "owned").exists()) == (1, False)
    assert found["reply"] == (
        "`/coordguard run $(touch${IFS}owned)@all<img>`\n\n"
        "`$(touch${IFS}owned)@all<img>` is no gate of the plan; it has preaudit, `review_gate`\n"
    )


def test_one_comment_gives_five_commands(said):
    _, found = said("\n".join(["/coordguard help"] * 7))

    assert [each["done"] for each in found["commands"]] == [True] * 5 + [False] * 2


JUDGE = """
import json, pathlib, sys
folder = pathlib.Path("docs/audits/reviews")
folder.mkdir(parents=True)
(folder / "review_gate_1.json").write_text(json.dumps({"pull_request": 1, "started": %r}))
(folder / "review_gate_1.md").write_text("# Pull request 1: CLOSED\\n")
sys.exit(1)
"""
RUNS = {
    "this run's": ("9999-01-01T00:00:00Z", (True, "# Pull request 1: CLOSED\n\nexit status 1")),
    "an old one": ("2020-01-01T00:00:00Z", (False, "the run left no verdict on 1; it ended with status 1")),
}


@pytest.mark.parametrize("which", RUNS)
def test_the_verdict_on_a_pull_request_is_told_if_this_run_found_it(said, monkeypatch, which):
    started, answer = RUNS[which]
    asked = []

    def judge(gate, arguments, root):
        asked.append((gate, arguments[-2:]))
        return [sys.executable, "-c", JUDGE % started], None

    monkeypatch.setattr("pytest_coordguard.handover.command", judge)
    _, found = said("/coordguard run review_gate", pull=True)

    assert (asked, answers(found)) == ([("review_gate", ["--pr", "1"])], [answer])


# -- on the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def posted(github, said, monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("COORDGUARD_TOKEN", github.token("gate[bot]"))
    monkeypatch.setattr("pytest_coordguard.facts.github.connection.BETWEEN_WRITES", 0)
    return lambda body, *rest, **more: said(body, *(rest or ("coordinator",)), "--post", **more)


def test_the_reply_is_posted_once(posted, world, github, tmp_path, capfd):
    status, found = posted("/coordguard help")
    again = main(["comment", "--event", str(tmp_path / "event.json"), "--post"])

    assert (status, found["posted"], again) == (0, "comment added", 0)
    assert capfd.readouterr().out.endswith("comment unchanged\n")
    assert [each.user.login for each in world.comments] == ["coordinator", "gate[bot]"]
    assert world.comments[1].body.startswith(
        f"<!-- coordguard: reply to {world.comments[0].id} -->\n`/coordguard help`"
    )


def test_people_are_assigned_and_those_who_cannot_be_are_named(posted, world, page, root):
    world.user("guest", "none")
    (root / "coordguard.yaml").write_text(PLAN.replace("assign: []", "assign: [coordinator]"))
    assert answers(posted("/assign")[1]) == [(True, "Assigned `coordinator`")]
    assert answers(posted("/assign @ana guest")[1]) == [(False, "GitHub does not let guest be assigned here")]
    assert [who.login for who in page.assignees] == ["coordinator", "ana"]


def test_a_waiver_is_opened_as_a_change_where_that_is_asked_for(posted, world, page):
    status, found = posted(WAIVE, "coordinator", "--propose")
    (pull,) = [each for each in world.issues.values() if each is not page]
    comment = world.comments[0].id

    assert (status, pull.branch, pull.base) == (0, f"coordguard/waive-T-1-till-{comment}", "main")
    assert answers(found)[0][1].startswith(
        f"Nothing is waived yet. Change {pull.number} is opened, on branch coordguard/waive-T-1-till-{comment}."
    )
    item = "  - {criterion: T-1/till, reason: the till is built next, owner: coordinator, until: 2030-12-31}"
    assert world.git("show", f"{pull.branch}:coordguard.yaml") == f"{PLAN}waivers:\n{item}"
    assert world.git("show", "main:coordguard.yaml") == PLAN.rstrip("\n")


def test_a_comment_that_was_edited_since_its_event_is_not_obeyed(posted, github, world):
    """The event is a snapshot; the page counts."""

    def edit(method, path):
        world.comments[0].body = "/coordguard run preaudit"

    github.before_answer = edit
    status, found = posted("/coordguard help")

    assert (status, found["ignored"], len(world.comments)) == (0, "the comment was edited since", 1)


def test_an_event_that_tells_another_author_is_not_obeyed(posted, world, page, tmp_path, capfd):
    """The file of an event may be anyone's."""
    comment = world.comment(page.number, world.user("mallory"), "/coordguard help")
    forged = event_of(world, comment)
    forged["comment"]["user"] = {"login": "coordinator", "id": world.user("coordinator").id, "type": "User"}
    (tmp_path / "forged.json").write_text(json.dumps(forged))
    status = main(["comment", "--event", str(tmp_path / "forged.json"), "--post"])

    assert (status, capfd.readouterr().out) == (
        0, "nothing is answered: the comment on the page is of another author\n"
    )  # fmt: skip


def test_an_event_that_names_another_page_is_not_obeyed(posted, world, page, tmp_path, capfd):
    """Or a comment that was made where people chat could assign somewhere else."""
    other = world.open_issue("Other", user=world.user("ana"))
    comment = world.comment(page.number, world.user("coordinator"), "/coordguard help")
    moved = event_of(world, comment)
    moved["issue"]["number"] = other.number
    (tmp_path / "moved.json").write_text(json.dumps(moved))
    status = main(["comment", "--event", str(tmp_path / "moved.json"), "--post"])

    assert (status, capfd.readouterr().out) == (0, "nothing is answered: the comment is on another page\n")


# -- events that GitHub publishes ----------------------------------------------------------------------------


@pytest.mark.skipif(bool(WEBHOOKS.why_not), reason=WEBHOOKS.why_not or "there")
def test_the_events_that_github_publishes_are_read(root, tmp_path, capfd):
    """None of them holds a command; each is told apart."""
    events = {each["name"]: each["examples"] for each in json.loads(WEBHOOKS.file.read_bytes())}
    told = []
    for example in events["issue_comment"]:
        (tmp_path / "e.json").write_text(json.dumps(example))
        assert main(["comment", "--event", str(tmp_path / "e.json"), "--json"]) == 0
        told.append((example["action"], json.loads(capfd.readouterr().out)["ignored"]))

    assert dict(told) == {
        "created": "there is no command in the comment",
        "deleted": "the comment is deleted, and only a new one is obeyed",
        "edited": "the comment is edited, and only a new one is obeyed",
    }


BROKEN = {
    "{": "no JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); "
    "meant: the file that GITHUB_EVENT_PATH names",
    "[]": "no comment in it; meant: the payload of the event issue_comment",
    '{"comment": {}, "issue": {}}': "no repository.full_name; meant: the payload of the event issue_comment",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_event_is_said_so(root, tmp_path, capfd, text):
    (tmp_path / "e.json").write_text(text)
    status = main(["comment", "--event", str(tmp_path / "e.json")])

    assert (status, capfd.readouterr().err) == (4, f"coordguard comment: {tmp_path / 'e.json'}: {BROKEN[text]}\n")
