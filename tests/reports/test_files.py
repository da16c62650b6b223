"""Files are whole or as they were, one writer at a time, and inside the repository."""

import json
import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from pytest_coordguard.reports import files
from pytest_coordguard.reports.files import Journal, ReportError, locked, read_journal, report_path, write_atomically


def test_a_file_is_written_with_the_folders_that_it_needs(tmp_path):
    """The default places of the reports exist in no new repository."""
    target = tmp_path / "docs" / "plans" / "status.json"

    assert write_atomically(target, "new\n")
    assert target.read_text() == "new\n"
    assert [each.name for each in target.parent.iterdir()] == ["status.json"]


def test_the_same_text_is_not_written_again(tmp_path):
    """A report that says the same is no change in anyone's editor."""
    target = tmp_path / "a.md"
    write_atomically(target, "same")
    before = target.stat()

    assert not write_atomically(target, "same")
    assert target.stat().st_ino == before.st_ino


def test_a_file_keeps_its_mode(tmp_path):
    """A report that a group may write stays so."""
    target = tmp_path / "a.md"
    target.write_text("old")
    target.chmod(0o664)
    write_atomically(target, "new")

    assert target.stat().st_mode & 0o777 == 0o664


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call):
    """The error comes when data is written or when it is flushed; neither may cost what was there."""
    target = tmp_path / "a.md"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(files.os, "fsync", full)
    else:
        monkeypatch.setattr(files, "_replace", full)
    with pytest.raises(ReportError) as caught:
        write_atomically(target, "new")

    assert str(caught.value) == f"{target}: cannot be written (No space left on device); what was there is as it was"
    assert target.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]


def test_a_file_where_a_folder_is_needed_is_told(tmp_path):
    """A report below a file cannot be: the message names both."""
    (tmp_path / "docs").write_text("a file")

    with pytest.raises(ReportError, match=r"docs/a\.md: cannot be written \((File exists|Not a directory)\)"):
        write_atomically(tmp_path / "docs" / "a.md", "x")


def test_what_a_killed_writer_left_is_cleared_away(tmp_path):
    """A SIGKILL between write and replace leaves a temporary file; a young one may be someone's at work."""
    old, young = tmp_path / f".a.md.1{files.MARK}", tmp_path / f".a.md.2{files.MARK}"
    for each in (old, young):
        each.write_text("half")
    os.utime(old, (time.time() - 3600,) * 2)
    write_atomically(tmp_path / "a.md", "x")

    assert sorted(each.name for each in tmp_path.iterdir()) == [young.name, "a.md"]


@pytest.mark.parametrize(
    "path", ["../out.md", "/etc/out.md", "link/out.md", "out.md", ".", "docs", ".git/config", "a\0b"]
)
def test_a_report_stays_in_the_repository(tmp_path, path):
    """A plan or a link in the repository must not make the judge write elsewhere: a pull request can bring both."""
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path)
    (root / "out.md").symlink_to(tmp_path / "outside.md")

    with pytest.raises(ReportError):
        report_path(root, path)


def test_a_link_within_the_repository_is_followed(tmp_path):
    """Such a report stays a link, and the file that it names changes."""
    (tmp_path / "real").mkdir()
    (tmp_path / "docs").symlink_to("real")
    write_atomically(report_path(tmp_path, "docs/a.md"), "x")

    assert (tmp_path / "docs").is_symlink()
    assert (tmp_path / "real" / "a.md").read_text() == "x"


def add_one(root, count):
    for _ in range(count):
        with locked(root):
            path = root / "count"
            found = int(path.read_text())
            time.sleep(0.001)
            write_atomically(path, str(found + 1))


@pytest.mark.parametrize("git", [True, False], ids=["git", "no-git"])
def test_one_writer_at_a_time(tmp_path, monkeypatch, git):
    """Read, merge, write: of two runs at once neither may undo the other."""
    root = tmp_path / "root"
    (root / ".git" if git else root).mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path / "temporary"))
    (root / "count").write_text("0")
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=add_one, args=(root, 20)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert (root / "count").read_text() == "60"
    assert sorted(each.name for each in root.iterdir()) == ([".git", "count"] if git else ["count"])


def test_a_lock_that_is_held_too_long_is_told(tmp_path):
    """A run that hangs must not make the next one hang without a word."""
    (tmp_path / ".git").mkdir()
    told = pytest.raises(ReportError, match=r"another run has held this lock for 0\.05 s")
    with locked(tmp_path), told, locked(tmp_path, seconds=0.05):
        pass


def test_a_linked_work_tree_has_a_lock_of_its_own(tmp_path):
    """Its reports are its own files, so its runs need not wait for those of another."""
    main = tmp_path / "main"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C"]
    subprocess.run(["git", "init", "-q", main], check=True)
    subprocess.run([*git, main, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, main, "worktree", "add", "-q", tmp_path / "other"], check=True, capture_output=True)

    assert files.git_folder(main) == main / ".git"
    assert files.git_folder(tmp_path / "other") == main / ".git" / "worktrees" / "other"
    assert files.state_path(main / "sub", "coordguard.lock") == main / ".git" / "coordguard.lock"


def test_a_git_directory_that_cannot_be_written_to_is_no_obstacle(tmp_path, monkeypatch):
    """A read-only mount: the lock goes to the temporary folder, outside every work tree."""
    (tmp_path / "root" / ".git").mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with locked(tmp_path / "root"):
        found = [each.relative_to(tmp_path).parts[0] for each in tmp_path.rglob("coordguard.lock")]

    assert found == ["temporary"]


def test_a_journal_gives_back_what_was_added(tmp_path):
    """In order, and after the process that wrote it is gone."""
    journal = Journal(tmp_path / "j" / "run.jsonl", sync=True)
    entries = [{"id": "CC-5/a", "message": "two\nlines"}, {"id": "CC-5/b"}]
    for each in entries:
        journal.append(each)
    journal.close()

    assert read_journal(tmp_path / "j" / "run.jsonl") == entries
    assert read_journal(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_an_entry_that_was_cut_short_costs_no_other(tmp_path, cut):
    """Neither the one before nor, after a full disk, the one that follows."""
    path = tmp_path / "run.jsonl"
    journal = Journal(path)
    journal.append({"id": "first"})
    whole = path.stat().st_size
    journal.append({"id": "torn", "message": "x" * 20})
    os.truncate(path, path.stat().st_size - cut)
    before = read_journal(path)
    journal.append({"id": "last"})
    journal.close()
    ids = [each["id"] for each in read_journal(path)]

    assert path.stat().st_size > whole
    assert [each["id"] for each in before] in (["first"], ["first", "torn"])
    assert ids[0] == "first"
    assert ids[-1] == "last"


def test_a_run_that_is_killed_leaves_its_entries(tmp_path):
    """SIGKILL between two verdicts: what was found is on disk, and each line of it is whole."""
    script = (
        "import sys; from pathlib import Path; from pytest_coordguard.reports.files import Journal\n"
        "journal = Journal(Path(sys.argv[1])); n = 0\n"
        "while True:\n    journal.append({'n': n, 'pad': 'x' * 500}); n += 1\n    n == 50 and print('go', flush=True)\n"
    )
    path = tmp_path / "run.jsonl"
    here = os.fspath(__import__("pathlib").Path(files.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": here}
    ) as process:
        process.stdout.readline()
        process.kill()
    found = read_journal(path)

    assert [each["n"] for each in found] == list(range(len(found)))
    assert len(found) >= 50
    assert all(json.dumps(each) for each in found)
