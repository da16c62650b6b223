"""`codeowners.effective`: who owns a path by GitHub's rules, and which lines do nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_coordguard.guardrails.test_codeowners import test_code_owners_are_effective as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.domain.plan import Critical, Plan
from pytest_coordguard.facts.codeowners import CodeOwners, expression
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "codeowners.effective"
ROOT = ".github/CODEOWNERS"
NO_LOGIN = "is no login of GitHub (letters, digits and hyphens, 39 at most) and no @org/team"
PLAN = Plan("coordguard.yaml", "", critical=Critical(paths=("matriz/",), reviewers=("coordinator", "deputy")))


def repository(folder, code_owners, *files, at=".github/CODEOWNERS"):
    for name in files or ("matriz/core.py", "matriz/api/app.py", "docs/a.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / at).parent.mkdir(parents=True, exist_ok=True)
    (folder / at).write_text(code_owners)
    return Repository(folder)


@pytest.mark.parametrize("sample", sorted((SAMPLES / "good").iterdir()), ids=lambda path: path.name)
def test_good_samples_are_met(sample):
    met(check, Repository(sample), plan=PLAN)


@pytest.mark.parametrize("sample", sorted((SAMPLES / "bad").iterdir()), ids=lambda path: path.name)
def test_bad_samples_are_unmet(sample):
    found = [line for line in unmet(check, Repository(sample), plan=PLAN) if not line.startswith("expected.txt")]

    assert found == (sample / "expected.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b.py", True),
        ("*.js", "deep/down/a.js", True),
        ("/build/logs/", "build/logs/a/b", True),
        ("/build/logs/", "src/build/logs/a", False),
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("docs/*", "src/docs/a.md", False),
        ("apps/", "src/apps/deep/a", True),
        ("apps/", "apps", False),
        ("**/logs", "deeply/nested/logs/a", True),
        ("**/logs", "logs/a", True),
        ("/apps/github", "apps/github/x/y", True),
        ("/apps/github", "apps/github2", False),
        ("src/**/test.py", "src/test.py", True),
        ("src/**/test.py", "src/a/b/test.py", True),
        ("/lukhas/**", "lukhas/a/b", True),
        ("/lukhas/**", "lukhas", False),
        ("with\\ blank", "with blank", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("A.md", "a.md", False),
        (".github/workflows/legacy-*", ".github/workflows/legacy-a.yml", True),
    ],
)
def test_patterns_are_read_as_github_says(pattern, path, matches):
    """Most are the examples of GitHub's page, with the paths that it names."""
    assert bool(expression(pattern).match(path)) is matches


NAMES = st.sampled_from(["a", "b", "ab", "c.py", "d"])
PATTERNS = st.lists(st.sampled_from(["a", "b", "ab", "*", "**", "a*", "?", "*.py"]), min_size=1, max_size=4)


@given(
    PATTERNS.filter(lambda steps: steps[-1] != "*"), st.booleans(), st.booleans(),
    st.lists(NAMES, min_size=1, max_size=4),
)  # fmt: skip
def test_patterns_match_what_git_would_ignore(tmp_path_factory, steps, leading, trailing, names):
    """GitHub: a pattern "follows most of the same rules used in gitignore files"; the exceptions are left out here."""
    pattern = "/" * leading + "/".join(steps) + "/" * trailing
    folder = tmp_path_factory.getbasetemp() / "ignores"
    if not folder.exists():
        subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".gitignore").write_text(pattern + "\n")
    path = "/".join(names)
    asked = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=folder, check=False)

    assert bool(expression(pattern).match(path)) is (asked.returncode == 0), (pattern, path)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("* @a.b", f"@a.b {NO_LOGIN}"),
        ("* @" + "a" * 40, f"@{'a' * 40} {NO_LOGIN}"),
        ("* @ok team", "team is neither @login, @org/team nor an e-mail address"),
        ("* a@b", "a@b is no e-mail address"),
        ("* @org/team/more", f"@org/team/more {NO_LOGIN}"),
        ("!a @ok", "!a begins with !, and CODEOWNERS knows no negation"),
        ("[ab].py @ok", "[ab].py holds a character range, which CODEOWNERS does not know"),
        ("\\#a @ok", "\\#a begins with an escaped #, which CODEOWNERS does not know"),
        ("***/*.rb @ok", "***/*.rb holds ***; meant: **?"),
    ],
)  # fmt: skip
def test_lines_that_github_skips_say_why(line, why):
    read = CodeOwners(line)

    assert (read.rules, [one.why for one in read.skipped]) == ((), [why])


@pytest.mark.parametrize(
    "owner", ["@octocat", "@a-b", "@user_acme", "@org/team-name", "@org/team_1", "docs@example.com"]
)
def test_owners_that_may_exist_are_taken(owner):
    (rule,) = CodeOwners(f"*.txt {owner} #comment @other").rules

    assert rule.owners == (owner,)


def test_an_owner_of_every_path_can_be_asked_for(tmp_path):
    repo = repository(tmp_path, "* @Coordinator\n/docs/ @writer @org/core\n")

    met(check, repo, plan=PLAN, owners={"docs/": ["@writer", "@org/core"]})
    assert unmet(check, repo, plan=PLAN, owners={"docs/": ["writer", "@editor"]}) == [
        ".github/CODEOWNERS:2: 1 of 1 files of docs/, as docs/a.md, belong to @writer @org/core, not to @editor"
    ]


def test_lines_skipped_for_one_reason_are_one_finding(tmp_path):
    repo = repository(tmp_path, "* @coordinator\n" + "/docs/ @a.b\n" * 8)

    assert unmet(check, repo, plan=PLAN) == [
        f"{ROOT}:2: GitHub skips this line and lines 3, 4, 5, 6, 7 and 2 more: @a.b {NO_LOGIN}"
    ]


def test_a_line_that_changes_nothing_is_a_remark(tmp_path):
    repo = repository(tmp_path, "/docs/ @coordinator\n* @Coordinator\n")

    assert met(check, repo, plan=PLAN).remarks == [
        f"{ROOT}:1: /docs/ changes nothing: line 2 decides, with the same owners"
    ]


def test_a_line_that_loses_its_files_to_several_is_named_itself(tmp_path):
    repo = repository(tmp_path, "/docs/ @writer\n* @coordinator\n/docs/b.md @b\n", "docs/a.md", "docs/b.md", "matriz/a")

    assert unmet(check, repo, plan=PLAN) == [f"{ROOT}:1: /docs/ never decides: lines 2, 3 take all its files"]


def test_a_team_stands_for_its_members(tmp_path):
    repo = repository(tmp_path, "* @org/core\n")

    met(check, repo, plan=PLAN, teams={"@org/core": ["Coordinator"]})
    assert unmet(check, repo, plan=PLAN) == [
        f"{ROOT}:1: 2 of 2 files of matriz/, as matriz/api/app.py, belong to @org/core, not to @coordinator or @deputy"
    ]


def test_nobody_else_may_own_it_when_the_plan_says_so(tmp_path):
    repo = repository(tmp_path, "* @coordinator @intern @org/core\n")

    met(check, repo, plan=PLAN)
    assert unmet(check, repo, plan=PLAN, only=True, teams={"@org/core": ["deputy"]}) == [
        ".github/CODEOWNERS:1: 2 of 2 files of matriz/, as matriz/api/app.py, belong to @intern too"
    ]


def test_github_reads_one_file_alone(tmp_path):
    repository(tmp_path, "* @coordinator\n")
    repo = repository(tmp_path, "* @other\n", at="CODEOWNERS")
    repository(tmp_path, "* @coordinator\n", at="docs/CODEOWNERS")

    assert unmet(check, repo, plan=PLAN) == [
        "CODEOWNERS: GitHub never reads this file, for there is .github/CODEOWNERS"
    ]
    repository(tmp_path, "* @coordinator\n", at="CODEOWNERS")
    assert met(check, Repository(tmp_path), plan=PLAN).remarks == [
        "CODEOWNERS: GitHub never reads this copy of .github/CODEOWNERS",
        "docs/CODEOWNERS: GitHub never reads this copy of .github/CODEOWNERS",
    ]


def test_a_file_of_3_mb_is_not_loaded(tmp_path):
    repo = repository(tmp_path, "* @coordinator\n" + "#" * 3 * 1024 * 1024)

    assert unmet(check, repo, plan=PLAN) == [".github/CODEOWNERS: is 3.0 MB large, and GitHub loads none from 3 MB on"]


def test_no_file_at_all_is_a_fault(tmp_path):
    (tmp_path / "matriz").mkdir()

    assert unmet(check, Repository(tmp_path), plan=PLAN) == [".github/CODEOWNERS: no such file, so nobody owns matriz/"]


def test_a_critical_path_that_is_not_there_is_a_fault(tmp_path):
    repo = repository(tmp_path, "* @coordinator\n", "docs/a.md")

    assert unmet(check, repo, plan=PLAN) == ["matriz/: no such file, and the plan names its owners"]


def test_a_plan_without_critical_paths_is_nothing_to_look_at(tmp_path):
    with pytest.raises(Vacuous, match=r"^neither `critical` of the plan nor `owners` names a path and its owners$"):
        check(repo=repository(tmp_path, "* @a\n"), evidence=Evidence(), plan=Plan("p", ""))


def test_lines_may_match_nothing_when_the_plan_says_so(tmp_path):
    repo = repository(tmp_path, "* @coordinator\n/later/ @other\n")

    met(check, repo, plan=PLAN, unmatched=False)


def test_every_violation_is_seen(tmp_path):
    repo = repository(tmp_path, "* @coordinator\n/docs/ @writer\n")
    nobody = "2 of 2 files of matriz/, as matriz/api/app.py, belong to nobody, not to @coordinator or @deputy"
    other = nobody.replace("nobody", "@coordguard-planted")
    takes = "* takes every file from lines 1, 2, which stand before it and never decide"

    assert planted(check, repo, plan=PLAN) == {
        "last-line-takes-all": [f".github/CODEOWNERS:3: {takes}", f".github/CODEOWNERS:3: {other}"],
        "invalid-login": [
            f"{ROOT}:3: GitHub skips this line: @coordguard.planted {NO_LOGIN}",
        ],
        "pattern-of-no-file": [".github/CODEOWNERS:3: /coordguard-nowhere/ matches no file"],
        "owners-taken-away": [f".github/CODEOWNERS:3: {takes}", f".github/CODEOWNERS:3: {nobody}"],
        "no-file": [".github/CODEOWNERS: no such file, so nobody owns matriz/"],
    }
