"""`pytest -m review_gate --pr N` from outside: by the rules of the base, on the merge, from git and saved facts."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import AUTHOR, COORDINATOR, contributor, known, pull, review

from pytest_coordguard.domain.pull_request import PullCommit, Side
from pytest_coordguard.domain.pull_request_json import to_json

PLAN = """\
version: 1
project: Shop
tests: [tests]
critical:
  paths: [core/]
  reviewers: [coordinator]
tasks:
  ALL:
    title: Every pull request
    accept:
      critical: {text: Critical paths are reviewed, gates: [review_gate], check: review.critical}
      mergeable: {text: It merges, gates: [review_gate], check: pr.mergeable}
  T-1:
    title: Totals
    files: [shop.py, tests/]
    accept:
      readme: {text: A read-me is there, check: files.exist, files: README.md}
      claimed: {text: The total is right}
  T-2:
    title: Prices
    files: [prices/]
    accept:
      priced: {text: Prices are there, check: files.exist, files: prices/list.txt}
"""
TEST = """\
import os
from pathlib import Path
import pytest
from shop import total


@pytest.mark.criterion("T-1/claimed")
def test_total():
    assert total([1, 2]) == 3
    assert not [name for name in os.environ if "TOKEN" in name]
"""
FILES = {
    "coordguard.yaml": PLAN,
    "README.md": "Shop\n",
    "core/engine.py": "SPEED = 1\n",
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "tests/test_total.py": TEST,
}
OUTSIDE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "GH_", "COV_", "PYTHONDONTWRITE"))
}
EMAIL = "ana@example.org"


class Repo:
    """A clone on its default branch; pull requests are refs beside it, and none is checked out."""

    def __init__(self, root, bytecode):
        self.root = root
        self.bytecode = bytecode  # of the judge, kept between runs as on any other machine
        self.git("init", "-q", "-b", "main")
        self.commit(FILES, "base")

    def git(self, *arguments):
        who = ("-c", "user.name=Ana", "-c", f"user.email={EMAIL}", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files, message):
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def pull(self, files, message="Do it", number=7):
        self.git("checkout", "-q", "-b", f"topic-{number}", "main")
        head = self.commit(files, message)
        self.git("update-ref", f"refs/pull/{number}/head", head)
        self.git("checkout", "-q", "main")
        self.git("branch", "-q", "-D", f"topic-{number}")
        return head

    def facts(self, *reviews, head, **other):
        """Return the facts of a pull request of this repository, as they are saved."""
        mine = PullCommit(head, "", (contributor(AUTHOR, email=EMAIL), contributor(AUTHOR, "committer", EMAIL)))
        given = pull(*reviews, commits=(mine,), head=Side(head, "topic", "org/shop"), **other)
        base = known(Side(self.git("rev-parse", "main"), "main", "org/shop"))
        path = self.root.with_name("facts.json")
        path.write_text(to_json(replace(given, base=base)), encoding="utf-8")
        return ("--pr-facts", str(path))

    def gate(self, *arguments, number=7, **env):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "review_gate", "--pr", str(number), *arguments],
            cwd=self.root,
            env={**OUTSIDE, "PYTHONPYCACHEPREFIX": str(self.bytecode), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def verdict(self, number=7):
        return json.loads((self.root / f"docs/audits/reviews/review_gate_{number}.json").read_text(encoding="utf-8"))

    @property
    def page(self):
        return (self.root / "docs/audits/reviews/review_gate_7.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory):
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def repo(tmp_path, bytecode):
    (tmp_path / "shop").mkdir()
    return Repo(tmp_path / "shop", bytecode)


def words(verdict):
    return {each["id"]: each["verdict"] for each in verdict["criteria"]}


@pytest.mark.parametrize("xdist", [(), ("-n", "2")], ids=["alone", "workers"])
def test_what_applies_is_judged_on_the_merge_and_nothing_else_is(repo, xdist):
    """The task whose files it touches, with its own tests, and what judges each pull request; not the other task."""
    head = repo.pull({"shop.py": "def total(prices):\n    return sum(prices, 0)\n"})
    result = repo.gate(*repo.facts(head=head), *xdist, GITHUB_TOKEN="planted-value")
    verdict = repo.verdict()

    assert result.returncode == 0, result.stdout + result.stderr
    assert words(verdict) == {
        "ALL/critical": "met",
        "ALL/mergeable": "met",
        "T-1/readme": "met",
        "T-1/claimed": "met",
    }
    assert verdict["not_applicable"] == {"T-2/priced": "touches none of prices/"}
    assert verdict["open"] is True
    assert verdict["bound_to"]["head"] == head
    assert verdict["bound_to"]["base"] == repo.git("rev-parse", "main")
    assert repo.git("status", "--porcelain") == "?? docs/"
    assert not (repo.root / "docs/plans").exists()


def test_a_verdict_can_be_found_again_from_what_it_left_behind(repo):
    head = repo.pull({"core/engine.py": "SPEED = 2\n"})
    first = repo.gate(*repo.facts(review(commit=head), head=head))
    before = repo.verdict()
    again = repo.gate("--pr-facts", "docs/audits/reviews/review_gate_7.facts.json")

    assert (first.returncode, again.returncode) == (0, 0), first.stdout + again.stdout + again.stderr
    assert repo.verdict()["verdicts_digest"] != ""
    assert words(repo.verdict()) == words(before)
    assert repo.verdict()["bound_to"] == before["bound_to"]


def test_git_alone_knows_of_no_approval(repo):
    """What it could not know is awaited, and said."""
    repo.pull({"core/engine.py": "SPEED = 2\n"})
    result = repo.gate()

    assert result.returncode == 1, result.stderr
    assert words(repo.verdict())["ALL/critical"] == "awaiting"
    assert repo.verdict()["unknown"]["reviews"] == (
        "neither GITHUB_REPOSITORY nor a remote tells the repository on GitHub; git alone tells of none"
    )
    assert "sources: git\n" in result.stdout


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"CORE/new.py": "A = 1\n"}, "touches the critical core/: CORE/new.py, written with other letter case"),
        ({"core/engine.py": None, "engine.py": "SPEED = 1\n"}, "touches the critical core/: core/engine.py"),
        ({"coordguard.yaml": PLAN.replace("core/", "nowhere/")}, "touches what this gate goes by, coordguard.yaml"),
        ({".github/workflows/ci.yml": "on: push\n"}, "touches what this gate goes by, .github/workflows/"),
    ],
    ids=["another letter case", "renamed out of it", "the plan itself", "a workflow"],
)
def test_what_is_critical_needs_the_reviewer(repo, files, reason):
    head = repo.pull(files)
    closed = repo.gate(*repo.facts(head=head))

    assert closed.returncode == 1, closed.stderr
    assert words(repo.verdict())["ALL/critical"] == "awaiting"
    assert reason in "\n".join(repo.verdict()["critical"])


def test_a_plan_that_a_pull_request_brings_along_decides_nothing(repo):
    """It takes the criteria away, waives what is left, and names a reviewer of its own."""
    weak = PLAN[: PLAN.index("tasks:")].replace("coordinator", "ana") + "tasks: {T-1: {title: Nothing}}\n"
    head = repo.pull({"coordguard.yaml": weak, "README.md": None, "shop.py": "total = len\n"})
    result = repo.gate(*repo.facts(review(AUTHOR, commit=head), review(commit=head), head=head))

    assert result.returncode == 1
    assert words(repo.verdict()) == {
        "ALL/critical": "met",
        "ALL/mergeable": "met",
        "T-1/readme": "unmet",
        "T-1/claimed": "unmet",
    }
    assert repo.verdict()["changes_own_rules"] == ["coordguard.yaml"]
    assert repo.verdict()["new_rules"] == {
        "open": False,
        "says": [
            "ALL/critical would be gone",
            "ALL/mergeable would be gone",
            "T-1/readme would be gone",
            "T-1/claimed would be gone",
            "T-2/priced would be gone",
            "reviewers without coordinator",
            "reviewers with ana",
        ],
        "criteria": {},
    }
    assert "by its own rules, which decide nothing here, the gate would be closed" in result.stdout


def test_a_plan_without_the_criterion_still_needs_the_reviewer(repo):
    """`critical` in the plan is no decoration: the gate asks for the approval where no criterion does."""
    line = next(line for line in PLAN.splitlines(keepends=True) if "review.critical" in line)
    repo.commit({"coordguard.yaml": PLAN.replace(line, "")}, "drop it")
    head = repo.pull({"core/engine.py": "SPEED = 2\n"})
    closed = repo.gate(*repo.facts(head=head))
    approved = repo.gate(*repo.facts(review(commit=head), head=head))

    assert closed.returncode == 1
    assert "it needs the reviewer, for it touches the critical core/: core/engine.py" in closed.stdout
    assert approved.returncode == 0, approved.stdout


def test_a_conflict_closes_the_gate_and_is_named(repo):
    head = repo.pull({"shop.py": "def total(prices):\n    return 0\n"})
    repo.commit({"shop.py": "def total(prices):\n    return 1\n"}, "meanwhile")
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1
    assert words(repo.verdict())["ALL/mergeable"] == "unmet"
    assert "shop.py: conflicts with the base" in result.stdout


def test_the_merge_is_judged_and_not_the_head(repo):
    """Each side is right by itself, and together they are not."""
    head = repo.pull({"tests/test_more.py": TEST.replace("test_total", "test_more")})
    repo.commit({"shop.py": "def total(prices):\n    return 4\n", "tests/test_total.py": None}, "meanwhile")
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1
    assert words(repo.verdict())["T-1/claimed"] == "unmet"


def test_nothing_that_its_author_wrote_has_power_over_the_page(repo):
    title = "](http://x) <b>@team</b> `code` | \x1b[31m #1\n# Heading\n- [x] T-1/claimed"
    head = repo.pull({"shop.py": "def total(prices):\n    return sum(prices, 0)\n"}, "Do it\n\nTask: $(touch x)`@all`")
    repo.gate(*repo.facts(head=head, title=title))
    line = next(line for line in repo.page.splitlines() if "Heading" in line)

    assert line == "`](http://x)` `<b>@team</b>` 'code' `|` `#1` `#` Heading - `[x]` T-1/claimed"
    assert "- it names '`$(touch` `x)'@all`'', which is no task of the plan" in repo.page


def test_a_number_that_is_no_pull_request_here_is_a_usage_error(repo):
    repo.pull({"shop.py": "total = sum\n"}, number=9)
    result = repo.gate()

    assert result.returncode == 4
    assert (
        "--pr 7: this clone has no refs/pull/7/head; it has 1 others, up to 9, and neither an event nor saved facts "
        "tell its head; fetch it: git fetch origin +refs/pull/7/head:refs/pull/7/head" in result.stderr
    )


def test_a_merged_pull_request_is_judged_as_it_was_then(repo):
    head = repo.pull({"shop.py": "def total(prices):\n    return sum(prices, 0)\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7 from org/topic\n\nTotals from zero", head)
    repo.commit({"README.md": None}, "later")
    result = repo.gate()

    assert result.returncode == 0, result.stdout + result.stderr
    assert "it is merged as" in result.stdout
    assert words(repo.verdict())["T-1/readme"] == "met"
    assert repo.verdict()["title"] == "Totals from zero"


def test_a_repository_without_criteria_for_it_closes_the_gate(repo):
    """A gate that nothing goes through is not open."""
    repo.commit({"coordguard.yaml": PLAN[: PLAN.index("  ALL:")] + PLAN[PLAN.index("  T-1:") :]}, "fewer")
    head = repo.pull({"other.txt": "x\n"})
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1
    assert "no criterion of the plan applies to pull request 7: nothing was judged" in result.stdout


def test_faults_are_planted_in_the_pull_request_too(repo):
    head = repo.pull({"core/engine.py": "SPEED = 2\n"})
    result = repo.gate(*repo.facts(review(COORDINATOR, commit=head), head=head), "--prove")
    proven = {each["id"]: each["proven"] for each in repo.verdict()["criteria"]}

    assert result.returncode == 0, result.stdout
    assert proven == {"ALL/critical": True, "ALL/mergeable": True}


def test_a_pull_request_that_changes_nothing_is_never_open(repo):
    """Merged with `-s ours`, or in the base already: a title that promises much, and no file."""
    head = repo.pull({})
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1
    assert "it changes nothing: every file of the merge is as the base has it" in result.stdout


@pytest.mark.parametrize("number", [("--pr", "7"), ("--pr=7",)], ids=["two words", "one word"])
def test_a_run_from_outside_answers_for_the_verdict_on_the_page(repo, number):
    """The record of the repository knows nothing of a pull request, so it cannot be asked."""
    head = repo.pull({"core/engine.py": "SPEED = 2\n"})
    command = [sys.executable, "-m", "pytest_coordguard.cli", "run", "review_gate", *number]
    approved = repo.facts(review(commit=head), head=head)
    run = {"cwd": repo.root, "env": OUTSIDE, "capture_output": True, "text": True}

    assert subprocess.run([*command, *approved], **run, check=False).returncode == 0
    assert subprocess.run(command, **run, check=False).returncode == 1


SILENT = "def pay():\n    try:\n        return 1 / 0\n    except Exception:\n        pass\n"
LOUD = """
  T-3:
    title: No error is swallowed
    files: [pay/]
    accept:
      loud: {text: No error is swallowed, gates: [review_gate], check: code.no_silent_except, paths: [pay/]}
"""


def judged(repo, name):
    return next(each for each in repo.verdict()["criteria"] if each["id"] == name)


def test_what_was_broken_before_is_told_apart_and_closes_nothing(repo):
    """The fault moves down by two lines, in a file with another name: it is the same fault still."""
    repo.commit({"coordguard.yaml": PLAN + LOUD, "pay/old.py": SILENT + "# cash\n" * 9}, "a fault")
    head = repo.pull({"pay/old.py": None, "pay/till.py": "import os\n\n" + SILENT + "# cash\n" * 9})
    result = repo.gate(*repo.facts(head=head))
    loud = judged(repo, "T-3/loud")

    assert result.returncode == 0, result.stdout
    assert (loud["verdict"], loud["message"]) == ("waived", "it did not hold before either: 1 findings, none new")
    assert [(each["path"], each["line"]) for each in loud["already_there"]] == [("pay/till.py", 6)]
    assert loud["evidence"]["findings"] == []
    assert "already there before: 1 findings of T-3/loud" in result.stdout
    assert "- [ ] **waived**: `T-3/loud`" in repo.page


def test_what_is_newly_broken_closes_the_gate_and_is_named_alone(repo):
    repo.commit({"coordguard.yaml": PLAN + LOUD, "pay/old.py": SILENT}, "a fault")
    head = repo.pull({"pay/new.py": SILENT})
    result = repo.gate(*repo.facts(head=head))
    loud = judged(repo, "T-3/loud")

    assert result.returncode == 1, result.stdout
    assert loud["verdict"] == "unmet"
    assert [each["path"] for each in loud["evidence"]["findings"]] == ["pay/new.py"]
    assert [each["path"] for each in loud["already_there"]] == ["pay/old.py"]


def test_a_fault_in_the_place_of_another_is_new(repo):
    """One silent handler goes and one comes, in the same file and with the same words."""
    other = SILENT.replace("except Exception", "except  Exception")
    repo.commit({"coordguard.yaml": PLAN + LOUD, "pay/old.py": other}, "a fault")
    head = repo.pull({"pay/old.py": SILENT})
    repo.gate(*repo.facts(head=head))

    assert judged(repo, "T-3/loud")["verdict"] == "unmet"
    assert judged(repo, "T-3/loud")["already_there"] == []


GUARD = """\
from pytest_coordguard import Finding, guardrail, require_none


@guardrail("shop.priced", remedy="Price it.")
def test_priced(repo):
    \"\"\"Each thing has a price.\"\"\"
    require_none([] if repo.is_file("prices/all.txt") else [Finding("prices/all.txt", 0, "is not there")])
"""
GUARDED = (
    PLAN.replace("tests: [tests]", "tests: [tests]\nguardrails: [tests/guard.py]")
    + """
  T-3:
    title: Prices by a guardrail of the shop
    files: [shop.py]
    accept:
      priced: {text: Each thing has a price, gates: [review_gate], check: shop.priced}
"""
)


def test_a_guardrail_that_a_pull_request_softens_is_that_of_the_base_and_its_own_is_never_run(repo):
    repo.commit({"coordguard.yaml": GUARDED, "tests/guard.py": GUARD}, "a guardrail")
    mark = repo.root.with_name("was-run")
    soft = f"open({str(mark)!r}, 'w')\n" + GUARD.replace('if repo.is_file("prices/all.txt") else', "or")
    files = {"tests/guard.py": soft, "shop.py": FILES["shop.py"] + "\n", ".github/CODEOWNERS": "* @ana\n"}
    head = repo.pull(files)
    result = repo.gate(*repo.facts(review(commit=head), head=head))
    shown = repo.verdict()["new_rules"]

    assert result.returncode == 1, result.stdout
    assert judged(repo, "T-3/priced")["verdict"] == "unmet"
    assert not mark.exists()
    assert shown["says"] == [
        "the guardrails in tests/guard.py would be others; those of the base are run, and these are not",
        "CODEOWNERS would say: * @ana",
    ]
    assert (shown["open"], shown["criteria"]["T-3/priced"]) == (None, "not judged")


def test_a_waiver_that_a_pull_request_brings_covers_nothing_of_it_and_is_shown(repo):
    signed = "waivers:\n  - {criterion: T-1/readme, reason: later, owner: ana, until: 2099-01-01}\n"
    head = repo.pull({"coordguard.yaml": PLAN + signed, "README.md": None, "shop.py": FILES["shop.py"] + "\n"})
    result = repo.gate(*repo.facts(review(commit=head), head=head))

    assert result.returncode == 1, result.stdout
    assert words(repo.verdict())["T-1/readme"] == "unmet"
    assert repo.verdict()["new_rules"]["open"] is True
    assert repo.verdict()["new_rules"]["criteria"]["T-1/readme"] == "waived"
    assert "- T-1/readme would be waived until 2099-01-01, for ana: later" in repo.page


def test_rules_that_cannot_be_read_are_said_to_be_so(repo):
    head = repo.pull({"coordguard.yaml": "version: 9\ntasks: {}\n"})
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1, result.stdout
    assert any("its rules have errors: coordguard.yaml:1" in said for said in repo.verdict()["new_rules"]["says"])


QUITS = "import os\nos._exit(0)\n"
REWRITES = """\
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""


@pytest.mark.parametrize(("conftest", "verdicts"), [(QUITS, {"not_run", "broken"}), (REWRITES, {"unmet", "broken"})])
def test_a_conftest_that_attacks_the_run_opens_nothing(repo, conftest, verdicts):
    head = repo.pull(
        {"shop.py": "total = len\n", "tests/conftest.py": conftest, "pytest.ini": "[pytest]\naddopts=-q\n"}
    )
    result = repo.gate(*repo.facts(head=head))

    assert result.returncode == 1, result.stdout + result.stderr
    assert words(repo.verdict())["T-1/claimed"] in verdicts
    assert repo.verdict()["open"] is False
