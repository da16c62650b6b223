"""`coordguard baseline` accepts what is there today, signed, so that a gate closes on what comes after."""

import json
import random
import string
import subprocess
import sys

import pytest

PLAN = """\
version: 1
tasks:
  T-1:
    title: Secrets
    accept:
      none:
        text: No file holds a secret
        check: secrets.absent
        baseline: .secrets.json
      unbased:
        text: No test holds a secret
        check: secrets.absent
        paths: tests
      readme: {text: There is a README, check: files.exist, files: README.md}
"""
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid")


def drawn(seed):
    """Return a value that looks like a key, drawn at run time."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=32))


def line(seed):
    return f'api_key = "{drawn(seed)}"\n'


@pytest.fixture
def root(tmp_path):
    (tmp_path / "coordguard.yaml").write_text(PLAN)
    (tmp_path / "a.py").write_text(line(1))
    subprocess.run([*GIT, "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    subprocess.run([*GIT, "add", "-A"], cwd=tmp_path, check=True)
    subprocess.run([*GIT, "commit", "-q", "-m", "start"], cwd=tmp_path, check=True)
    return tmp_path


def coordguard(root, *arguments):
    command = [sys.executable, "-m", "pytest_coordguard.cli", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


SIGNED = ("--reason", "sandbox", "--owner", "ana")


def test_what_was_accepted_holds_and_what_comes_after_does_not(root):
    accepted = coordguard(root, "baseline", "T-1/none", *SIGNED)

    assert accepted.stdout == ".secrets.json accepts 1 values; rotate what is real before you commit it\n"
    assert drawn(1) not in (root / ".secrets.json").read_text()
    assert coordguard(root, "check", "T-1/none").returncode == 0
    (root / "b.py").write_text(line(2))
    assert coordguard(root, "check", "T-1/none").returncode == 1


def test_a_second_time_keeps_reasons_and_drops_what_is_gone(root):
    (root / "b.py").write_text(line(2))
    coordguard(root, "baseline", "T-1/none", *SIGNED)
    before = json.loads((root / ".secrets.json").read_text())
    (root / "a.py").unlink()
    (root / "c.py").write_text(line(3))
    coordguard(root, "baseline", "T-1/none", "--reason", "mock", "--owner", "ben")
    after = json.loads((root / ".secrets.json").read_text())

    assert after["salt"] == before["salt"]
    assert [(one["path"], one["reason"], one["owner"]) for one in after["secrets"]] == [
        ("b.py", "sandbox", "ana"),
        ("c.py", "mock", "ben"),
    ]


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        ("T-1/unbased", "T-1/unbased has no `baseline`, as: baseline: .secrets.json; name one in coordguard.yaml:10"),
        ("T-1/readme", "T-1/readme is no criterion of secrets.absent, which alone has a baseline"),
        ("T-1/nun", "'T-1/nun' is no criterion of coordguard.yaml; did you mean T-1/none, T-1/unbased, T-1/readme?"),
    ],
)
def test_a_criterion_without_a_baseline_is_told(root, criterion, message):
    refused = coordguard(root, "baseline", criterion, *SIGNED)

    assert (refused.returncode, refused.stderr) == (4, f"coordguard baseline: {message}\n")


def test_a_broken_baseline_is_not_written_over(root):
    (root / ".secrets.json").write_text("{}")
    refused = coordguard(root, "baseline", "T-1/none", *SIGNED)

    assert refused.returncode == 4
    assert refused.stderr.startswith("coordguard baseline: .secrets.json: not a baseline that `coordguard` wrote")
    assert (root / ".secrets.json").read_text() == "{}"
