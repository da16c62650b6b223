"""The commands of the day, in a repository with real branches: in words, in JSON, and without a trace."""

import functools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from github.fetch import GRAPHQL

from pytest_coordguard.chronicle import KEPT, LOOSE, append, fold, history
from pytest_coordguard.cli import main
from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.pull_request import Fact, PullFacts
from pytest_coordguard.domain.pull_request_json import to_json
from pytest_coordguard.facts.pull_request.forge import client
from pytest_coordguard.facts.pull_request.forge.listed import OPEN
from pytest_coordguard.facts.pull_request.forge.where import ALL_TOKENS
from pytest_coordguard.facts.release import TagError, candidate, make_tag

PLAN = """\
version: 1
project: shop
tasks:
  A: {title: Prices, owner: ana, priority: high, estimate: 1h, branch: feat/prices, accept: {there: {text: There, check: files.exist, files: [README.md]}}}
  B: {title: Discounts, owner: ben, priority: critical, depends_on: [A], files: [discount.py], accept: {there: {text: There, check: files.exist, files: [discount.py]}}}
"""  # noqa: E501  # as a person might write it

NOBODY_ASKED = (
    "which pull requests are open is not known: neither GITHUB_REPOSITORY nor a remote tells the repository on GitHub"
)


def git(root, *arguments):
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (*ALL_TOKENS, "GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "coordguard.yaml").write_text(PLAN)
    (tmp_path / "README.md").write_text("# Shop\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Plan")
    git(tmp_path, "switch", "-q", "-c", "feat/prices")
    (tmp_path / "price.py").write_text("price = 1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Price things")
    git(tmp_path, "switch", "-q", "main")
    return tmp_path


def told(capsys, *arguments, status=0):
    assert main(arguments) == status
    return capsys.readouterr().out


def test_triage_names_cause_since_when_who_and_the_next_step(shop, capsys):
    assert told(capsys, "triage").splitlines() == [
        "1 blocker; the most urgent tasks first:",
        "  1. B (critical): waiting for A",
        "     since 0 min; can undo it: ana; next: finish A",
        NOBODY_ASKED,
    ]
    (blocker,) = json.loads(told(capsys, "triage", "--json"))["blockers"]
    assert {key: blocker[key] for key in ("task", "kind", "cause", "who", "next_step")} == {
        "task": "B",
        "kind": "dependency",
        "cause": "waiting for A",
        "who": "ana",
        "next_step": "finish A",
    }


def test_ready_puts_first_what_others_wait_for(shop, capsys):
    assert told(capsys, "ready").splitlines() == [
        "  1. go on with A Prices (ana, high, 1 h, 1 waits for it)",
        "     feat/prices has 1 commit ahead",
        NOBODY_ASKED,
    ]
    (step,) = json.loads(told(capsys, "ready", "--json"))["steps"]
    assert (step["kind"], step["task"], step["frees"], step["change"]["name"]) == ("go_on", "A", 1, "feat/prices")


def test_a_pull_request_that_the_forge_calls_open_is_ready_for_review(shop, capsys):
    pulls = [{"number": 5, "state": "OPEN", "isDraft": False, "headRefName": "feat/prices", "title": "Prices"}]
    (shop / "pulls.json").write_text(json.dumps(pulls))

    assert (
        told(capsys, "ready", "--pulls", "pulls.json").splitlines()[0].startswith("  1. review A Prices (nobody, high")
    )
    assert main(["ready", "--pulls", "none.json"]) == 4
    assert "--pulls: none.json cannot be read" in capsys.readouterr().err


def asked(monkeypatch, *pages):
    """Let GitHub answer with pages of open pull requests."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "org/shop")
    monkeypatch.setenv("GITHUB_TOKEN", "planted")
    answers = iter(pages)

    def answer(request):
        assert request.headers["authorization"] == "Bearer planted"
        page = next(answers)
        return page if isinstance(page, httpx.Response) else httpx.Response(200, json={"data": page})

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(client, "Client", functools.partial(client.Client, transport=transport, sleep=lambda _: None))


def page(*nodes, following=False):
    listed = {"pageInfo": {"hasNextPage": following, "endCursor": "1"}, "nodes": list(nodes)}
    return {"repository": {"pullRequests": listed}}


def node(number, branch, **more):
    check = {"__typename": "CheckRun", "name": "tests", "conclusion": "FAILURE"}
    return {
        "number": number,
        "title": "Prices",
        "state": "OPEN",
        "isDraft": False,
        "headRefName": branch,
        "labels": {"nodes": [{"name": "task:A"}]},
        "author": {"login": "ana"},
        "head": {"nodes": [{"commit": {"statusCheckRollup": {"contexts": {"nodes": [check]}}}}]},
        **more,
    }


def test_github_is_asked_where_there_is_a_token_and_one_that_it_does_not_list_is_closed(shop, capsys, monkeypatch):
    git(shop, "update-ref", "refs/pull/4/head", git(shop, "rev-parse", "feat/prices"))
    git(shop, "switch", "-q", "-c", "discounts")
    git(shop, "commit", "-q", "--allow-empty", "-m", "Begin\n\nTask: B")
    asked(monkeypatch, page(node(4, "elsewhere"), following=True), page(node(9, "feat/more", reviewDecision=None)))
    said = json.loads(told(capsys, "triage", "--json"))

    assert ("A", "#4: tests failed") in [(each["task"], each["cause"]) for each in said["blockers"]]
    assert said["pulls_known"]
    assert said["pulls_source"].startswith("2 open pull requests of org/shop, as https://api.github.com told at 20")
    asked(monkeypatch, page())
    said = json.loads(told(capsys, "triage", "--json"))
    assert [each["task"] for each in said["blockers"]] == ["B"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(401, json={"message": "Bad credentials"}), "401 (the token is not accepted): Bad credentials"),
        ({"repository": None}, "org/shop is not found, or the token may not see it"),
        (page({"number": "4"}), "https://api.github.com[0].number: '4'; meant: the number of a pull request"),
        (page("4"), "a pull request is no object"),
    ],
)
def test_what_github_did_not_say_is_not_known(shop, capsys, monkeypatch, answer, why):
    asked(monkeypatch, answer)
    said = json.loads(told(capsys, "ready", "--json"))
    assert not said["pulls_known"]
    assert said["pulls_source"].startswith("which pull requests are open is not known: https://api.github.com: ")
    assert said["pulls_source"].endswith(why)


def test_without_a_forge_what_reviews_saved_tells_of_single_pull_requests(shop, capsys):
    head = git(shop, "rev-parse", "feat/prices")
    git(shop, "update-ref", "refs/pull/5/head", head)
    kept = shop / "docs/audits/reviews/review_gate_5.facts.json"
    kept.parent.mkdir(parents=True)
    now = "2026-11-24T09:00:00Z"
    facts = PullFacts(5, labels=Fact(("blocked",), "api", now), state=Fact("open", "api", now))
    kept.write_text(to_json(facts))
    kept.with_name("review_gate_6.facts.json").write_text("{")

    assert "#5 is labelled blocked" in told(capsys, "triage", "--offline")
    last = told(capsys, "triage", "--offline").splitlines()[-1]
    assert last == (
        "which pull requests are open is not known: no forge was asked (--offline); of #5, what its last review saved"
    )
    kept.write_text(to_json(replace(facts, state=Fact("closed", "api", now))))
    assert "labelled" not in told(capsys, "triage", "--offline")


@pytest.mark.skipif(bool(GRAPHQL.why_not), reason=GRAPHQL.why_not or "there")
def test_the_query_is_one_that_github_understands():
    graphql = pytest.importorskip("graphql", reason="graphql-core is not installed")
    schema = graphql.build_schema(GRAPHQL.file.read_text(), assume_valid=True)
    assert graphql.validate(schema, graphql.parse(OPEN)) == []


def test_conflicts_come_with_an_order(shop, capsys):
    assert told(capsys, "conflicts").splitlines() == [
        "1 open changes against main; 0 pairs touch a path in common",
        "  no conflict",
        "",
        "merge in this order:",
        "  1. feat/prices",
    ]
    assert json.loads(told(capsys, "conflicts", "--json"))["order"] == [{"change": "feat/prices", "rebase_on": []}]


def test_a_snapshot_says_what_changed_since_the_last(shop, capsys, monkeypatch):
    first = told(capsys, "snapshot").splitlines()
    git(shop, "merge", "-q", "--no-ff", "-m", "Merge pull request #5 from ana/feat/prices", "feat/prices")
    git(shop, "branch", "-q", "-D", "feat/prices")
    folder = shop / "docs/audits/coordination"
    (taken,) = [
        path
        for path in folder.glob("*/*")
        if path.is_dir() and not path.parent.is_symlink() and path.parent.name != "latest"
    ]
    taken.rename(taken.with_name("000000Z"))
    second = told(capsys, "snapshot").splitlines()

    assert first[2] == "the first snapshot"
    assert "  task B: blocked, now not started" in second
    assert "  change feat/prices is gone (was open)" in second
    assert "  B is held up no longer: waiting for A" in second
    facts = json.loads((folder / "latest/snapshot.json").read_text())
    assert {task["id"]: task["status"] for task in facts["tasks"]} == {"A": "in_progress", "B": "not_started"}
    assert (folder / "latest/report.md").read_text().startswith("# shop: 20")
    assert git(shop, "status", "--porcelain", "--ignored", "docs/audits/coordination").splitlines()[-1] == (
        "!! docs/audits/coordination/latest"
    )


def test_the_day_is_one_page(shop, capsys):
    assert told(capsys, "report", "--output", "day.md") == f"wrote {shop / 'day.md'}\n"
    text = (shop / "day.md").read_text()
    assert "- `B` waiting for A, since 0 min; ana: finish A" in text.replace("`A`", "A")
    assert main(["report", "--on", "2020-01-01"]) == 4
    assert "no run up to 2020-01-01 is on record; there is none" in capsys.readouterr().err


def test_an_earlier_day_is_shown_again(shop, capsys):
    append(
        shop,
        "docs/audits",
        Run("r1", "preaudit", "2020-01-01T08:00:00Z", verdicts={"A/there": "met"}, tasks={"A": "completed"}),
    )
    append(shop, "docs/audits", Run("r2", "preaudit", "2020-01-03T08:00:00Z", verdicts={"A/there": "unmet"}))

    text = told(capsys, "report", "--on", "2020-01-02")
    assert "As the run of 2020-01-01T08:00:00Z found it" in text
    assert "| A | completed |" in text
    assert json.loads(told(capsys, "report", "--on", "2020-01-05", "--json"))["run"]["verdicts"] == {"A/there": "unmet"}


def test_the_record_of_two_branches_merges_without_conflict(shop):
    """Both run, one folds, and after the merge each run is there once."""
    runs = [
        Run(f"r{n}", "preaudit", f"2020-01-01T08:00:{n:02}Z", branch="main", verdicts={"A/there": "met"})
        for n in range(40)
    ]
    for run in runs[:30]:
        append(shop, "docs/audits", run)
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "Runs")
    git(shop, "switch", "-q", "-c", "other")
    append(shop, "docs/audits", runs[30])
    fold(shop, "docs/audits")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "Fold there")
    git(shop, "switch", "-q", "main")
    for run in runs[31:]:
        append(shop, "docs/audits", run)
    fold(shop, "docs/audits")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "Fold here")
    git(shop, "merge", "-q", "-m", "Both", "other")

    found, troubles = history(shop, "docs/audits")
    assert found == tuple(runs)
    assert troubles == ()
    assert len(list((shop / "docs/audits/history").glob("*.json"))) <= 2 * KEPT


def test_the_record_is_folded_when_it_has_grown(tmp_path):
    for number in range(LOOSE + 1):
        append(
            tmp_path, "audits", Run(f"r{number:03}", "preaudit", f"2020-01-01T08:{number // 60:02}:{number % 60:02}Z")
        )

    assert len(list((tmp_path / "audits/history").iterdir())) == KEPT + 1
    assert len(history(tmp_path, "audits")[0]) == LOOSE + 1


def test_a_release_is_refused_with_all_that_it_lacks(shop, capsys):
    assert (
        told(capsys, "promote", status=1)
        == "no candidate: 1 thing missing\n  - there is no tag of a candidate, as v1.2.0-rc1\n"
    )
    git(shop, "tag", "v1.0.0-rc2")
    lines = told(capsys, "promote", "--gate", "preaudit", status=1).splitlines()
    assert lines[0] == "v1.0.0-rc2: 4 things missing"
    assert "  - the changelog says nothing of 1.0.0" in lines
    assert "  - gate preaudit: A/there is not run" in lines
    assert git(shop, "tag") == "v1.0.0-rc2"


def test_a_tag_is_made_once_and_only_of_what_was_judged(shop):
    git(shop, "tag", "v1.0.0-rc2")
    found = candidate(shop, "", "## 1.0.0\n\nMuch\n")
    make_tag(shop, found, "v1.0.0\n\nMuch", "Ana <ana@example.org>", 1_760_000_000)

    assert git(
        shop, "for-each-ref", "--format=%(objecttype) %(*objectname) %(contents:subject)", "refs/tags/v1.0.0"
    ) == (f"tag {found.commit} v1.0.0")
    with pytest.raises(TagError, match="it is there already, or v1"):
        make_tag(shop, found, "again", "Ana <ana@example.org>", 1_760_000_000)
    assert candidate(shop, "", "").release_taken
