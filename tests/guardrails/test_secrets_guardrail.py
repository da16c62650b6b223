"""`secrets.absent`: what it names, what it accepts, what it cannot judge."""

import random
import string
import subprocess

import pytest
from pytest_coordguard.guardrails.test_secrets import test_no_secrets as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.secrets.survey import write_baseline

MARK = "coordguard: " + "allow-secret"


def drawn(size, seed=5):
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=size))


def repository(root, files):
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Repository(root)


def found(repo, **parameters):
    with pytest.raises(Unmet) as unmet:
        check(repo, Evidence(), **parameters)
    return str(unmet.value).splitlines()


WRITTEN = (
    "a credential is written out: a value drawn by chance or chosen as a password, beside a credential's name"
    "{more}; rotate it, and read it from the environment"
)


def test_each_family_in_each_file_is_one_finding(tmp_path):
    """9,800 findings from one generated file say no more than one with a number."""
    lines = "".join(f'api_key = "{drawn(32, seed)}"\n' for seed in range(42))
    repo = repository(tmp_path, {"src/a.py": "\n" + lines, "b.env": f"DB_PASSWORD={drawn(20)}\n", "c.md": "fine\n"})

    assert found(repo) == [
        "b.env:1: " + WRITTEN.format(more=""),
        "src/a.py:2: " + WRITTEN.format(more=", and 41 more in this file"),
    ]


def test_no_finding_shows_a_value_or_a_part_of_it(tmp_path):
    """Reports are public."""
    key = drawn(36)
    repo = repository(tmp_path, {"a.py": f'token = "gh{"p_"}{key}"\n'})

    text = "\n".join(found(repo))

    assert not any(key[at : at + 5] in text for at in range(len(key) - 5))


def test_evidence_says_what_was_and_was_not_looked_at(tmp_path):
    """Green means little without the number of files."""
    repo = repository(tmp_path, {"a.py": "x = 1\n", "b.png": b"\x89PNG\0\0", "c.txt": "y\n"})
    (tmp_path / "link").symlink_to("nowhere")
    evidence = Evidence()

    check(repo, evidence)

    assert {measure.name: measure.value for measure in evidence.measures} == {
        "files examined": 2,
        "megabytes examined": 0.0,
        "binary files, not examined": 1,
        "secrets": 0,
    }
    assert evidence.remarks == [
        "not examined, binary: 1 (b.png)",
        "not examined, dangling links or submodules: 1 (link)",
    ]
    assert "kingfisher-secret-scanner" in evidence.tools


@pytest.mark.parametrize("parameters", [{"paths": ["nowhere/"]}, {"paths": ["b.png"]}, {"exclude": ["**"]}])
def test_nothing_to_look_at_is_no_pass(tmp_path, parameters):
    """A gate over a folder that was renamed must not stay green."""
    repo = repository(tmp_path, {"b.png": b"\x89PNG\0\0", "a.py": "x = 1\n"})

    with pytest.raises(Vacuous):
        check(repo, Evidence(), **parameters)


def test_a_file_that_is_too_large_cannot_be_judged(tmp_path):
    """It is named, not skipped."""
    repo = repository(tmp_path, {"a.py": "x = 1\n", "b.txt": "y" * 2000})

    with pytest.raises(CannotJudge, match=r"b\.txt: larger than 0\.001 MB"):
        check(repo, Evidence(), largest_megabytes=0.001)


def test_an_excluded_file_is_not_looked_at(tmp_path):
    """A folder of recordings may be somebody else's care."""
    repo = repository(tmp_path, {"a.py": "x = 1\n", "b/c.py": f'api_key = "{drawn(32)}"\n'})

    check(repo, Evidence(), exclude=["b/"])


def test_a_mark_with_a_reason_is_accepted(tmp_path):
    """The line says why."""
    line = f'api_key = "{drawn(32)}"  # {MARK} (sandbox, refuses all calls)\n'

    check(repository(tmp_path, {"a.py": line}), Evidence())


def test_a_baseline_accepts_what_it_was_written_for_and_no_more(tmp_path):
    """A new secret in the same file is red; so is an entry whose value is gone."""
    first, second = (f'api_key = "{drawn(32, seed)}"\n' for seed in (1, 2))
    repo = repository(tmp_path, {"a.py": first})
    text = write_baseline(repo, repo.files, salt="0f" * 16, reason="sandbox", owner="me")
    repo = repository(tmp_path, {"a.py": first, ".secrets.json": text})

    check(repo, Evidence(), baseline=".secrets.json")

    moved = repo.with_changes({"a.py": f"\n\n{first}{second}".encode()})
    assert found(moved, baseline=".secrets.json") == ["a.py:4: " + WRITTEN.format(more="")]
    gone = repo.with_changes({"a.py": b"x = 1\n"})
    assert found(gone, baseline=".secrets.json") == [
        ".secrets.json:8: this named-value is no longer in a.py; take the entry away"
    ]


def test_a_baseline_that_is_not_there_cannot_be_judged_by(tmp_path):
    """A typing error in the plan is no verdict."""
    with pytest.raises(CannotJudge, match=r"b\.json: the baseline is not there"):
        check(repository(tmp_path, {"a.py": "x\n"}), Evidence(), baseline="b.json")


def git(root, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def branch(tmp_path):
    """A branch that left main with an old secret in it."""
    repository(tmp_path, {"a.py": f'api_key = "{drawn(32)}"\n', "b.py": "x = 1\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "old")
    git(tmp_path, "checkout", "-q", "-b", "work")
    return tmp_path


def test_a_change_answers_for_its_own_lines(branch):
    """An old secret is the pre-audit's business; a new one is the change's."""
    old = (branch / "a.py").read_text()
    new = f'token = "gh{"p_"}{drawn(36)}"\n'
    repo = repository(branch, {"a.py": f"{old}y = 2\n", "c.py": f"\n{new}"})

    assert [line.split(": ")[0] for line in found(repo, changed_since="main")] == ["c.py:2"]
    assert [line.split(": ")[0] for line in found(repo)] == ["a.py:1", "c.py:2"]


def test_no_change_is_nothing_to_look_at(branch):
    """On main itself the question has no subject."""
    with pytest.raises(Vacuous, match="nothing changed since 'main'"):
        check(Repository(branch), Evidence(), changed_since="main")


def test_an_unknown_ref_cannot_be_judged_by(branch):
    """A shallow clone has no base; green would be a guess."""
    with pytest.raises(CannotJudge, match="git knows no 'upstream/main'"):
        check(Repository(branch), Evidence(), changed_since="upstream/main")


@pytest.mark.parametrize("name", [violation.name for violation in described(check).violations])
@pytest.mark.parametrize("parameters", [{}, {"paths": ["src/"]}, {"paths": ["src"], "changed_since": "main"}], ids=str)
def test_each_planted_secret_is_found(branch, name, parameters):
    """The proof that the guardrail can fail, on the plan's own parameters."""
    repo = repository(branch, {"src/ok.py": "x = 1\n"})
    violation = next(one for one in described(check).violations if one.name == name)
    changes = violation.changes(repo=repo, **parameters)

    lines = found(repo.with_changes(changes), **parameters)

    assert any(line.startswith(tuple(changes)) for line in lines)
    assert not set(lines) <= set(before(repo, parameters))


def before(repo, parameters):
    try:
        check(repo, Evidence(), **parameters)
    except Unmet as unmet:
        return str(unmet).splitlines()
    return []


def test_a_plan_that_names_files_alone_has_no_place_for_a_new_one(tmp_path):
    """The reason is said, so that nobody believes it was proven."""
    repo = repository(tmp_path, {"a.py": "x = 1\n"})
    planted = next(one for one in described(check).violations if one.name == "private-key-block")

    with pytest.raises(CannotPlant):
        planted.changes(repo=repo, paths=["a.py"])
