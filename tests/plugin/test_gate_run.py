"""A gate run from outside: `pytest -m preaudit` in small repositories, with all that a user's settings can do to it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = """\
version: 1
project: Shop
tests: [tests]
tasks:
  T-1:
    title: Totals
    accept:
      readme:
        text: A read-me is there
        check: files.exist
        files: README.md
      claimed:
        text: The total is right
"""
FILES = {
    "coordguard.yaml": PLAN,
    "README.md": "Shop\n",
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "conftest.py": "",
    "tests/test_total.py": (
        "import pytest\nfrom shop import total\n\n\n"
        '@pytest.mark.criterion("T-1/claimed")\ndef test_total():\n    assert total([1, 2]) == 3\n'
    ),
}
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid")
OUTSIDE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_"))
}


class Repo:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def commit(self, message: str = "change") -> None:
        subprocess.run([*GIT, "add", "-A"], cwd=self.root, check=True)
        subprocess.run([*GIT, "commit", "-q", "--allow-empty", "-m", message], cwd=self.root, check=True)

    def run(self, *args: str, cwd: str = ".", program: tuple[str, ...] = ("-m", "pytest"), **env: str):
        return subprocess.run(
            [sys.executable, *program, *args],
            cwd=self.root / cwd,
            env={**OUTSIDE, **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def gate(self, *args: str, cwd: str = ".", **env: str):
        return self.run("-m", "preaudit", *args, cwd=cwd, **env)

    @property
    def status(self) -> dict:
        return json.loads((self.root / "docs/plans/task_status.json").read_text(encoding="utf-8"))

    @property
    def verdicts(self) -> dict[str, str]:
        return {row["id"]: row["verdict"] for row in self.status["criteria"]}

    @property
    def checklist(self) -> str:
        return (self.root / "docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md").read_text(encoding="utf-8")


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path / "shop")
    made.root.mkdir()
    for path, text in FILES.items():
        made.put(path, text)
    subprocess.run([*GIT, "init", "-q", "-b", "main"], cwd=made.root, check=True)
    made.commit("start")
    return made


@pytest.fixture(params=[("-p", "no:xdist"), (), ("-n", "2")], ids=["absent", "idle", "active"])
def xdist(request):
    """pytest-xdist in its three states; the same must come out in each."""
    return request.param


ALL_MET = {"T-1/readme": "met", "T-1/claimed": "met"}


def test_an_honest_repository_opens_the_gate(repo, xdist):
    """The plain case, from the exit status to the ticks."""
    result = repo.gate(*xdist)

    assert result.returncode == 0, result.stdout + result.stderr
    assert repo.verdicts == ALL_MET
    assert repo.checklist.count("- [x]") == 2
    assert "gate preaudit is OPEN" in result.stdout


def test_a_plain_run_collects_nothing_extra_and_writes_nothing(repo):
    """Who does not ask for a gate must not notice the plugin."""
    result = repo.run("-q")

    assert "1 passed" in result.stdout
    assert not (repo.root / "docs").exists()


HOSTILE = {
    "own -m in addopts": '[pytest]\naddopts = -m "not slow" -k nothing\n',
    "other file names": "[pytest]\npython_files = check_*.py\n",
    "importlib mode": "[pytest]\naddopts = --import-mode=importlib\npythonpath = .\n",
    "strict": "[pytest]\naddopts = --strict-markers --strict-config\n",
    "collect only": "[pytest]\naddopts = --maxfail=1 -p no:terminal\n",
    "unknown settings": "[pytest]\nnobody_knows_me = 1\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_settings_of_the_repository_do_not_reach_the_judge(repo, name):
    """Guardrails are judged whatever `pytest.ini` says; the repository's own tests may still need its settings."""
    repo.put("pytest.ini", HOSTILE[name])
    repo.commit()
    result = repo.gate()

    assert repo.verdicts["T-1/readme"] == "met", result.stdout + result.stderr


def test_a_package_named_guardrails_is_not_taken_for_the_suite(repo):
    """Two projects on PyPI own that name, and repositories have folders of it."""
    repo.put("guardrails/__init__.py", "raise SystemExit('imported')\n")
    repo.put("yaml.py", "raise SystemExit('imported')\n")
    repo.commit()

    assert repo.gate().returncode == 0
    assert repo.verdicts == ALL_MET


@pytest.mark.parametrize("text", ["raise RuntimeError('broken')\n", "import os\nos._exit(0)\n", "def (\n"])
def test_a_broken_conftest_stops_no_audit(repo, text):
    """The judge reads none; the claims that need it are not run."""
    repo.put("conftest.py", text)
    repo.commit()

    assert repo.gate().returncode == 1
    assert repo.verdicts == {"T-1/readme": "met", "T-1/claimed": "not_run"}


def test_the_gate_runs_from_any_folder(repo):
    """The plan is looked for upwards."""
    repo.put("deep/er/x.txt", "")
    repo.commit()

    assert repo.gate(cwd="deep/er").returncode == 0
    assert repo.verdicts == ALL_MET


BELOW = """\
version: 1
project: stall
tests: [tests]
tasks:
  T-1:
    title: A stall in the shop
    accept:
      readme:
        text: A guide is there
        check: files.exist
        files: GUIDE.md
      claimed:
        text: The stall is open
"""
OPEN = (
    "import pytest\n\n\n"
    '@pytest.mark.criterion("T-1/claimed")\ndef test_open():\n    assert "open" in open("GUIDE.md").read()\n'
)


@pytest.fixture
def stall(repo):
    """A folder of the repository with a plan of its own, below pytest's settings."""
    repo.put("pytest.ini", "[pytest]\n")
    for path, text in {"coordguard.yaml": BELOW, "GUIDE.md": "open\n", "tests/test_open.py": OPEN}.items():
        repo.put(f"stall/{path}", text)
    repo.commit()
    return Repo(repo.root / "stall")


def test_a_folder_with_a_plan_of_its_own_is_judged_by_that(repo, stall):
    """Whoever stands in it means its plan, and finds its reports in it; the one at the top goes its own way."""
    result = stall.gate(cwd="tests")

    assert result.returncode == 0, result.stdout + result.stderr
    assert stall.verdicts == ALL_MET
    assert stall.checklist.count("- [x]") == 2
    assert not (repo.root / "docs").exists()


def test_a_change_outside_the_folder_of_a_plan_makes_it_dirty_too(repo, stall):
    """A commit is one of the whole work tree, and the folder's tests may use what lies outside of it."""
    repo.put("shop.py", "def total(prices):\n    return sum(list(prices))\n")
    result = stall.gate()

    assert stall.checklist.count("- [x]") == 0
    assert "uncommitted: ../shop.py\n" in result.stdout


def test_a_commit_of_the_reports_of_a_folder_keeps_its_ticks(stall):
    """Its reports lie below the top, where git's names for them begin with the folder's."""
    stall.gate()
    stall.commit("reports")
    stall.gate("-k", "T-1/readme")

    assert stall.checklist.count("- [x]") == 2


def test_a_killed_run_of_one_plan_takes_no_tick_from_another(repo, stall):
    """Both have journals in the one git folder, and a criterion of the same name."""
    repo.gate()
    stall.put("GUIDE.md", "closed\n")
    stall.put("conftest.py", "import os\ndef pytest_unconfigure():\n    os.kill(os.getppid(), 9)\n")
    killed = stall.gate()

    assert killed.returncode != 0
    assert any((repo.root / ".git").glob("coordguard-*-journal-*.jsonl"))
    repo.gate("-k", "T-1/readme")
    assert repo.verdicts == ALL_MET


def test_what_github_shows_of_a_plan_in_a_folder_begins_at_the_top(stall):
    stall.put("GUIDE.md", "")
    result = stall.gate(GITHUB_ACTIONS="true")

    assert "::error file=stall/GUIDE.md," in result.stdout


def test_a_dirty_tree_gives_no_tick_and_says_why(repo):
    """A verdict is bound to a commit; what is not committed has none."""
    repo.put("shop.py", "def total(prices):\n    return sum(list(prices))\n")
    result = repo.gate()

    assert result.returncode == 0
    assert repo.checklist.count("- [x]") == 0
    assert "uncommitted: shop.py\n" in result.stdout
    assert all(row["stale"] for row in repo.status["criteria"])


def test_committing_the_reports_keeps_their_ticks_and_any_other_commit_takes_them(repo):
    """Otherwise no committed checklist could ever hold a tick."""
    repo.gate()
    repo.commit("reports")
    repo.gate("-k", "readme")
    ticks_after_reports = repo.checklist.count("- [x]")
    repo.put("shop.py", "def total(prices):\n    return 0\n")
    repo.commit("code")
    repo.gate("-k", "readme")

    assert (ticks_after_reports, repo.checklist.count("- [x]")) == (2, 1)


def test_a_partial_run_leaves_the_others_as_they_were_and_opens_nothing(repo, xdist):
    """`-k` judges one criterion; the gate needs all."""
    repo.gate(*xdist)
    before = {row["id"]: row for row in repo.status["criteria"]}
    result = repo.gate("-k", "T-1/readme", *xdist)
    after = {row["id"]: row for row in repo.status["criteria"]}

    assert result.returncode == 1
    assert after["T-1/claimed"] == before["T-1/claimed"]
    assert repo.status["run"]["state"] == "incomplete"


def test_collect_only_writes_nothing_and_opens_nothing(repo, xdist):
    """Nothing was judged."""
    result = repo.gate("--collect-only", *xdist)

    assert result.returncode == 1
    assert "nothing was judged" in result.stdout
    assert not (repo.root / "docs").exists()


def test_a_plan_with_errors_is_said_in_full_and_nothing_runs(repo):
    """All errors in one go, each with its line, exit 4."""
    repo.put("coordguard.yaml", PLAN.replace("files.exist", "files.exists").replace("title:", "titel:"))
    result = repo.gate()

    assert result.returncode == 4
    assert "coordguard.yaml:6:" in result.stderr
    assert "coordguard.yaml:10:" in result.stderr
    assert "files.exist" in result.stderr
    assert not (repo.root / "docs").exists()


def test_no_plan_is_said_with_the_way_out(repo):
    """A newcomer's first run."""
    (repo.root / "coordguard.yaml").unlink()
    result = repo.gate()

    assert result.returncode == 4
    assert "coordguard init" in result.stderr


def test_review_gate_needs_the_pull_request(repo):
    """A usage error, not a failing test."""
    result = repo.run("-m", "review_gate")

    assert result.returncode == 4
    assert "--pr: review_gate needs the number of the pull request" in result.stderr


def test_a_push_is_judged_by_its_range(repo):
    """Most broken files come in without a pull request; the same criteria must stand in their way."""
    repo.put("README.md", "Shop, again\n")
    repo.commit()
    result = repo.run("-m", "review_gate", "--range", "HEAD~1..HEAD")

    assert result.returncode == 0, result.stdout + result.stderr
    assert repo.verdicts == ALL_MET
    assert repo.status["run"]["range"] == "HEAD~1..HEAD"
    assert "- range `HEAD~1..HEAD`" in repo.checklist


def test_a_criterion_that_a_push_takes_away_is_seen_against_the_start_of_its_range(repo, xdist):
    """On the default branch nothing else remembers it: the pushed commit is its own merge base."""
    repo.put("coordguard.yaml", PLAN[: PLAN.index("      claimed:")])
    repo.put("tests/test_total.py", "def test_total():\n    assert sum([1, 2]) == 3\n")
    repo.commit()
    result = repo.run("-m", "review_gate", "--range", "HEAD~1..HEAD", *xdist)

    assert result.returncode == 1
    assert repo.status["run"]["problems"][0].startswith("T-1/claimed")


def test_a_range_that_cannot_be_judged_is_a_usage_error(repo):
    """Nothing is judged, nothing is written."""
    result = repo.gate("--range", "HEAD..nowhere")

    assert result.returncode == 4
    assert "--range: 'nowhere' names no commit of this clone; check the range's end out first" in result.stderr
    assert not (repo.root / "docs").exists()


def test_a_claim_of_an_unknown_criterion_closes_the_gate(repo):
    """A typing error must not lose a claim without a word."""
    repo.put(
        "tests/test_more.py", 'import pytest\n\n\n@pytest.mark.criterion("T-1/clamed")\ndef test_x():\n    assert 1\n'
    )
    repo.commit()
    result = repo.gate()

    assert result.returncode == 1
    assert repo.verdicts == ALL_MET
    assert "tests/test_more.py:4: tests/test_more.py::test_x claims 'T-1/clamed'" in " ".join(
        repo.status["run"]["problems"]
    )


def test_pytest_main_gets_the_exit_status_of_the_judge(repo):
    """Not every caller is a command line."""
    code = "import pytest, sys; sys.exit(pytest.main(['-m', 'preaudit']))"
    result = repo.run(code, program=("-c",))

    assert result.returncode == 0
    assert "gate preaudit is OPEN" in result.stdout


def test_the_environment_of_the_tests_holds_no_token(repo):
    """The repository's own tests run as a stranger."""
    repo.put(
        "tests/test_total.py",
        "import os\nimport pytest\nfrom shop import total\n\n\n"
        '@pytest.mark.criterion("T-1/claimed")\ndef test_total():\n'
        "    assert total([1]) == 1\n    assert 'GITHUB_TOKEN' not in os.environ\n",
    )
    repo.commit()

    assert repo.gate(GITHUB_TOKEN="x").returncode == 0


def test_a_guardrail_of_the_repository_runs_in_the_runner(repo):
    """It is read as text by the judge, and its parameters are checked like those of the suite."""
    own = (
        "from pytest_coordguard import Finding, Repository, guardrail, require_none\n\n\n"
        '@guardrail("shop.priced", remedy="Give it a price.")\n'
        "def test_priced(repo: Repository, word: str, times: int = 1) -> None:\n"
        '    """Each file says the word."""\n'
        '    said = repo.read_text("README.md").count(word)\n'
        '    require_none([Finding("README.md", 1, f"no {word}")] * (said < times))\n'
    )
    repo.put("checks/test_own.py", own)
    repo.put(
        "coordguard.yaml",
        PLAN.replace("tests: [tests]", "tests: [tests]\nguardrails: [checks/test_own.py]")
        + "      priced:\n        text: Priced\n        check: shop.priced\n        word: Shop\n"
        + "      dear:\n        text: Dear\n        check: shop.priced\n        word: Shop\n        times: 2\n",
    )
    repo.commit()
    result = repo.gate()

    assert repo.verdicts == {**ALL_MET, "T-1/priced": "met", "T-1/dear": "unmet"}, result.stdout
    assert "to do: Give it a price." in result.stdout
    assert "- README.md:1: no Shop" in result.stdout  # where the fault is, not where the guardrail is


def test_a_folder_of_claims_that_is_not_there_is_told(repo):
    """Else a slip of the pen in `tests` looks like criteria that nobody has claimed."""
    repo.put("coordguard.yaml", PLAN.replace("tests: [tests]", "tests: [tests, test]"))
    repo.commit()

    said = "coordguard.yaml: tests: 'test' is not there, so that no test in it can claim a criterion"
    assert said in repo.gate().stdout


@pytest.mark.parametrize("option", [("--prove",), ("--range", "HEAD~1..HEAD")])
def test_an_option_of_gates_is_not_ignored_without_one(repo, option):
    """Who forgot `-m` must not take a plain run for a proof."""
    result = repo.run(*option)

    assert result.returncode == 4
    assert f"{option[0]} is for a gate; meant: pytest -m preaudit {option[0]}" in result.stderr


def test_a_waiver_opens_nothing_where_the_base_may_lie_elsewhere(repo):
    """In a shallow clone of a branch the change's own plan is the only one there is: it must not vouch for itself."""
    waived = "waivers:\n  - {criterion: T-1/readme, reason: later, owner: ana, until: 2999-01-01}\n"
    repo.put("coordguard.yaml", PLAN.replace("tasks:", waived + "tasks:"))
    (repo.root / "README.md").unlink()
    repo.commit()
    assert repo.gate().returncode == 0  # one branch, whole: its own history is the base
    shallow = Repo(repo.root.parent / "shallow")
    subprocess.run([*GIT, "branch", "work"], cwd=repo.root, check=True)
    clone = [*GIT, "clone", "-q", "--depth", "1", "-b", "work", repo.root.as_uri(), str(shallow.root)]
    subprocess.run(clone, check=True)
    result = shallow.gate()

    assert result.returncode == 1, result.stdout
    assert shallow.verdicts["T-1/readme"] == "unmet"


@pytest.mark.parametrize(
    ("until", "present", "word", "counted"),
    [
        ("2999-01-01", False, "WAIVED", "1 passed, 1 waived"),
        ("2999-01-01", True, "FAILED", "1 failed, 1 passed"),  # met: the waiver is to go
        ("2020-01-01", True, "FAILED", "1 failed, 1 passed"),  # expired
    ],
)
def test_pytest_itself_shows_what_a_waiver_makes_of_a_check(repo, until, present, word, counted):
    waived = f"waivers:\n  - {{criterion: T-1/readme, reason: later, owner: ana, until: {until}}}\n"
    repo.put("coordguard.yaml", PLAN.replace("tasks:", waived + "tasks:"))
    if not present:
        (repo.root / "README.md").unlink()
    repo.commit()
    result = repo.gate("-v")

    assert f"test_files_exist[T-1/readme] {word}" in result.stdout
    assert counted in result.stdout.splitlines()[-1]
    assert ("FAILED" in result.stdout) == (result.returncode == 1) == (word == "FAILED")


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("preaduit", "-m preaduit: no test has this mark, and no gate is called so; meant: -m preaudit?\n"),
        ("slow", None),
        ("not preaduit", None),
    ],
)
def test_a_mistyped_gate_is_a_plain_run_that_says_what_was_meant(repo, asked, line):
    result = repo.run("-m", asked)

    assert not (repo.root / "docs").exists()
    assert ("meant: -m" in result.stdout) == bool(line)
    assert line is None or line in result.stdout


def test_a_criterion_that_cannot_be_judged_missed_no_fault(repo):
    """There is no lane: the guardrail could not be asked, so it stayed green on nothing."""
    repo.put(
        "coordguard.yaml",
        PLAN + "      lanes: {text: Lanes, check: imports.lanes, lane: gone, forbid: [toys]}\n",
    )
    repo.commit()
    repo.gate("--prove")
    known = {row["id"]: (row["verdict"], row["proven"]) for row in repo.status["criteria"]}

    assert known == {"T-1/readme": ("met", True), "T-1/claimed": ("met", None), "T-1/lanes": ("broken", None)}


def test_prove_shows_which_guardrails_can_fail(repo, xdist):
    """Each planted fault is found, and the user's tree is never touched."""
    before = {path: path.read_bytes() for path in repo.root.rglob("*") if path.is_file() and ".git/" not in str(path)}
    result = repo.gate("--prove", *xdist)
    proven = {row["id"]: row["proven"] for row in repo.status["criteria"]}
    after = {path: path.read_bytes() for path in before}

    assert result.returncode == 0, result.stdout
    assert proven == {"T-1/readme": True, "T-1/claimed": None}
    assert before == after


def test_a_part_of_the_faults_proves_nothing(repo):
    """A run that was narrowed or killed has shown of some faults that they are found, and of the others nothing."""
    repo.gate("--prove", "-k", "readme and not file-emptied")
    (found,) = (row for row in repo.status["criteria"] if row["id"] == "T-1/readme")

    assert (found["verdict"], found["proven"]) == ("met", None)


def test_a_proof_alone_opens_nothing(repo):
    """That a guardrail finds a planted fault says nothing of the repository as it is."""
    (repo.root / "README.md").unlink()
    repo.put("coordguard.yaml", PLAN.replace("README.md", "shop.py"))
    repo.commit()
    result = repo.gate("--prove", "-k", "planted")

    assert result.returncode == 1
    assert repo.verdicts == {"T-1/readme": "not_run", "T-1/claimed": "not_run"}


def test_a_gate_that_was_not_asked_for_is_not_shown_as_open(repo):
    """`preaudit` looks at no pull request."""
    repo.gate()
    page = (repo.root / "docs/plans/COORDINATION_DASHBOARD.md").read_text(encoding="utf-8")

    assert "Gate preaudit is OPEN" in page
    assert "`review_gate` is CLOSED" in page


def test_coordguard_run_answers_for_the_record(repo):
    """The same run from outside, also where the settings stop pytest before it begins."""
    repo.put("pytest.ini", "[pytest]\naddopts = -p nobody_has_this_plugin\n")
    repo.commit()
    program = ("-m", "pytest_coordguard.cli")
    result = repo.run("run", "preaudit", program=program)

    assert repo.run("-m", "preaudit").returncode != 0
    assert result.returncode == 1
    assert repo.verdicts == {"T-1/readme": "met", "T-1/claimed": "not_run"}


def test_coordguard_check_answers_for_one_criterion(repo):
    """What an agent runs again and again while it works."""
    program = ("-m", "pytest_coordguard.cli")
    (repo.root / "README.md").unlink()
    repo.commit()

    assert repo.run("check", "T-1/claimed", program=program).returncode == 0
    assert repo.run("check", "T-1/readme", program=program).returncode == 1


def test_explain_and_next_speak_to_people_and_to_programs(repo):
    """Both forms hold the same."""
    program = ("-m", "pytest_coordguard.cli")
    (repo.root / "README.md").unlink()
    repo.commit()
    repo.gate()
    steps = json.loads(repo.run("next", "--json", program=program).stdout)
    told = json.loads(repo.run("explain", "T-1/readme", "--json", program=program).stdout)
    said = repo.run("explain", "T-1/readme", program=program).stdout
    wrong = repo.run("explain", "T-1/raedme", program=program)

    assert [step["id"] for step in steps["next"]] == ["T-1/readme"]
    assert steps["next"][0]["command"] == "coordguard check T-1/readme"
    assert (told["verdict"], told["check"]) == ("unmet", "files.exist")
    since = told["red_since"]
    assert (since["word"], since["known"]) == ("unmet", False)
    assert f"  since     {since['at']}, {since['commit'][:9]}, or longer: there the record begins\n" in said
    assert wrong.returncode == 4
    assert "did you mean T-1/readme" in wrong.stderr


def test_merge_joins_shards_and_names_what_none_ran(repo):
    """CI splits a gate over machines; what no shard ran keeps it closed."""
    program = ("-m", "pytest_coordguard.cli")
    status = repo.root / "docs/plans/task_status.json"
    shards = []
    for part in ("readme", "claimed"):
        repo.gate("-k", f"T-1/{part}")
        shards.append(repo.root.parent / f"{part}.json")
        shards[-1].write_bytes(status.read_bytes())
        status.unlink()
    whole = repo.run("merge", *map(str, shards), program=program)
    half = repo.run("merge", str(shards[0]), program=program)

    assert half.returncode == 1
    assert "T-1/claimed: no shard ran it" in half.stdout
    assert "T-1/readme: no shard ran it" not in whole.stdout


def test_a_criterion_that_went_is_missed_by_every_later_run(repo):
    """On the default branch only the record knows it; a second run must not forget what the first one saw."""
    repo.gate()
    repo.put("coordguard.yaml", PLAN[: PLAN.index("      claimed:")])
    repo.commit()
    codes = [repo.gate().returncode, repo.gate("-k", "readme").returncode, repo.gate().returncode]
    problems = repo.status["run"]["problems"]
    repo.put("coordguard.yaml", (repo.root / "coordguard.yaml").read_text() + RETIRED)
    repo.commit()

    assert codes == [1, 1, 1]
    assert [problem.partition(",")[0] for problem in problems] == ["T-1/claimed is gone from the plan"]
    assert repo.gate().returncode == 0


RETIRED = "retired:\n  - {criterion: T-1/claimed, reason: the totals moved to another service}\n"


@pytest.mark.parametrize("trouble", ["a plan with errors", "a path outside", "no such range"])
def test_a_run_that_never_begins_leaves_no_folder_behind(repo, tmp_path, trouble):
    """The folder that the processes of a run share is made when nothing else can be amiss."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    if trouble == "a plan with errors":
        (repo.root / "coordguard.yaml").write_text("version: 1\n", encoding="utf-8")
    asked = {"a plan with errors": (), "a path outside": (str(tmp_path),), "no such range": ("--range", "x..y")}[
        trouble
    ]

    result = repo.gate(*asked, TMPDIR=str(scratch))

    assert result.returncode == 4, result.stdout
    assert list(scratch.iterdir()) == []


def test_a_summary_of_the_step_that_cannot_be_written_closes_the_gate_and_is_said(repo, tmp_path):
    """All else is written: the verdicts are not lost with it."""
    result = repo.gate(GITHUB_STEP_SUMMARY=str(tmp_path))

    assert result.returncode == 1, result.stdout
    assert f"not written: GITHUB_STEP_SUMMARY: {tmp_path} cannot be written (Is a directory)" in result.stdout
    assert repo.verdicts == ALL_MET


BY_HAND = {
    "docs/plans/task_status.json": '{"tasks": {"top5": {"one": {"id": "one", "status": "completed"}}}}\n',
    "docs/plans/COORDINATION_DASHBOARD.md": "# Coordination Dashboard\n\nAll is well.\n",
    "docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md": "# Checklist\n\n- [x] done\n",
}


def test_what_was_kept_by_hand_at_the_reports_places_is_kept(repo):
    """A team that has its own checklist there installs this, and a first run must not cost it a word of it."""
    for path, text in BY_HAND.items():
        repo.put(path, text)
    first = repo.gate()
    folder = repo.root / "docs/audits/kept"

    assert {path.name.partition("-")[2]: path.read_text() for path in folder.iterdir()} == {
        Path(path).name: text for path, text in BY_HAND.items()
    }
    for path in BY_HAND:
        assert f"{path} was not written by a run, and gave way; it is kept as docs/audits/kept/" in first.stdout
    assert "gave way" not in repo.gate().stdout
    assert len(list(folder.iterdir())) == 3
    assert "with uncommitted changes" not in first.stdout


def test_what_git_gives_back_is_not_kept_twice(repo):
    for path, text in BY_HAND.items():
        repo.put(path, text)
    repo.commit()
    first = repo.gate()

    for path in BY_HAND:
        assert f"{path} was not written by a run, and gave way; `git show HEAD:./{path}` has it" in first.stdout
    assert not (repo.root / "docs/audits/kept").exists()


def test_a_status_file_that_cannot_be_read_is_kept_and_does_not_make_the_tree_dirty(repo):
    repo.gate()
    status = repo.root / "docs/plans/task_status.json"
    status.write_text("{ torn")
    second = repo.gate()

    assert [path.read_text() for path in (repo.root / "docs/audits/kept").iterdir()] == ["{ torn"]
    assert "docs/plans/task_status.json:1: is not JSON" in second.stdout
    assert (second.returncode, repo.status["run"]["dirty"]) == (0, False)
    assert "with uncommitted changes" not in repo.gate().stdout


def test_the_place_of_a_failure_is_a_file(repo):
    """The deepest frame of an import that fails is one of Python's own, which has no file."""
    text = (repo.root / "tests/test_total.py").read_text()
    repo.put(
        "tests/test_total.py",
        text.replace("    assert", '    __import__("importlib").import_module("gone")\n    assert'),
    )
    repo.commit()
    repo.gate()

    found = next(one for one in repo.status["criteria"] if one["id"] == "T-1/claimed")
    assert [(one["path"], one["line"]) for one in found["evidence"]["findings"]] == [("tests/test_total.py", 7)]


def test_a_reader_that_goes_away_early_is_no_error(repo):
    """`coordguard next | head -1` ends without a stack trace."""
    command = [sys.executable, "-m", "pytest_coordguard.cli", "next", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, cwd=repo.root, env=OUTSIDE, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, "")


def test_two_gates_at_once_are_refused(repo):
    """The one would be judged, and the other silently passed over."""
    done = repo.run("-m", "preaudit or review_gate")

    assert done.returncode == 4
    assert (
        "-m 'preaudit or review_gate' asks for preaudit and review_gate; a run judges one gate: run each" in done.stderr
    )


def test_the_command_alone_lists_what_there_is(repo):
    done = repo.run(program=("-m", "pytest_coordguard.cli"))

    assert done.returncode == 4
    assert all(f"    {name}  " in done.stderr for name in ("init", "run", "check", "explain", "next", "merge"))


def test_a_status_file_that_no_run_wrote_is_no_shard(repo):
    repo.put("hand.json", '{"tasks": {}}')
    done = repo.run("merge", "hand.json", program=("-m", "pytest_coordguard.cli"))

    assert (done.returncode, done.stderr) == (
        4,
        "coordguard merge: hand.json: holds no run of a gate; meant: the status file of a CI shard\n",
    )
