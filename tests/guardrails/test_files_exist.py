"""`files.exist`: there, with content, and known to git."""

import subprocess

import pytest
from pytest_coordguard.guardrails.test_files import test_files_exist as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.repository import Repository

check.__test__ = False


@pytest.fixture
def root(tmp_path):
    """A repository that tracks two documents and an empty file, and ignores what is in `out/`."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "docs" / "a.md").write_text("a")
    (tmp_path / "docs" / "B.md").write_text("b")
    (tmp_path / "docs" / "empty.md").write_text(" \n")
    (tmp_path / "docs" / "nothing.txt").symlink_to("gone")
    (tmp_path / "out" / "r.json").write_text("{}")
    (tmp_path / ".gitignore").write_text("out/\n")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "docs" / "new.rst").write_text("new")
    return tmp_path


def judge(root, files, **parameters):
    evidence = Evidence()
    check(Repository(root), evidence, files, **parameters)
    return [(one.name, one.value) for one in evidence.measures]


def unmet(root, files, **parameters):
    with pytest.raises(Unmet) as raised:
        judge(root, files, **parameters)
    return [str(finding) for finding in raised.value.findings]


def test_files_that_are_there_are_counted(root):
    """Before the first commit what is staged is tracked."""
    assert judge(root, ["docs/a.md", "docs", "**/*.md"]) == [
        ("files of docs/a.md", 1),
        ("files of docs", 2),
        ("files of **/*.md", 2),
    ]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("docs/nowhere.md", "docs/nowhere.md: no such file"),
        ("docs/b.md", "docs/b.md: no such file; meant: docs/B.md?"),
        ("a.md", "a.md: no such file; meant: docs/a.md?"),
        ("docs/*.html", "docs/*.html: no file matches"),
        ("docs/empty.md", "docs/empty.md: is empty"),
        ("docs/e*.md", "docs/e*.md: docs/empty.md is empty"),
        ("docs/new.rst", "docs/new.rst: is not tracked by git"),
        ("out/r.json", "out/r.json: is not tracked by git"),
        ("out/*.json", "out/*.json: out/r.json is not tracked by git"),
        ("docs/*.txt", "docs/*.txt: docs/nothing.txt is a link to nothing"),
    ],
)
def test_what_does_not_count_is_told_with_its_reason(root, pattern, message):
    assert unmet(root, [pattern]) == [message]


def test_more_than_one_can_be_wanted(root):
    assert unmet(root, ["docs/*.md"], at_least=3) == ["docs/*.md: 2 of at least 3 files: docs/empty.md is empty"]
    assert unmet(root, ["docs/[aB].md"], at_least=3) == ["docs/[aB].md: 2 of at least 3 files"]
    judge(root, ["docs/*.md"], at_least=3, not_empty=False)


def test_products_that_git_ignores_can_be_allowed(root):
    assert judge(root, ["out/*.json", "out/r.json"], tracked=False) == [
        ("files of out/*.json", 1),
        ("files of out/r.json", 1),
    ]


def test_no_name_is_nothing_looked_at(root):
    with pytest.raises(Vacuous, match="no file is named"):
        judge(root, [])


def test_without_git_nothing_is_known_to_be_tracked(tmp_path):
    (tmp_path / "a.md").write_text("a")

    judge(tmp_path, ["a.md"], tracked=False)
    with pytest.raises(CannotJudge, match="there is no git here to tell"):
        judge(tmp_path, ["a.md"])


@pytest.mark.parametrize("files", [["docs/a.md"], ["docs/*.md", "docs/a.md"]])
def test_every_violation_is_seen(root, files):
    repo = Repository(root)
    judge(root, files)
    seen = {}
    for violation in described(check).violations:
        with pytest.raises(Unmet) as raised:
            check(repo.with_changes(violation.plant(repo, files=files)), Evidence(), files)
        seen[violation.name] = raised.value.findings[0].rule

    assert seen == {"file-taken-away": "files.missing", "file-emptied": "files.do_not_count"}


def test_what_is_not_there_cannot_be_taken_away(root):
    for violation in described(check).violations:
        with pytest.raises(CannotPlant, match="none of the files is there"):
            violation.plant(Repository(root), files=["nothing"])
