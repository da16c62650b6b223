"""The folder in which a command sees a repository: itself, or a copy with what is planted."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from pytest_coordguard.facts import scratch
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import MANY, copy_of, folder_of


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_without_changes_it_is_the_repository_itself(tmp_path):
    with folder_of(Repository(tmp_path)) as folder:
        assert folder == tmp_path


def test_a_planted_view_is_a_copy_that_leaves_the_repository_alone(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "run.sh").write_text("exit 0\n")
    (tmp_path / "sub" / "run.sh").chmod(0o755)
    (tmp_path / "gone.py").write_text("x\n")
    view = Repository(tmp_path).with_changes({"new/a.py": b"a", "new/b.py": b"a", "gone.py": None})

    with folder_of(view) as folder:
        assert contents(folder) == {"sub/run.sh": b"exit 0\n", "new/a.py": b"a", "new/b.py": b"a"}
        assert (folder / "sub" / "run.sh").stat().st_mode & stat.S_IXUSR
        (folder / "new" / "a.py").write_bytes(b"changed")
        (folder / "sub" / "run.sh").write_bytes(b"changed")
        assert (folder / "new" / "b.py").read_bytes() == b"a"
    assert not folder.exists()
    assert contents(tmp_path) == {"sub/run.sh": b"exit 0\n", "gone.py": b"x\n"}


def test_a_ruined_repository_is_written_by_links(tmp_path):
    """Thousands of files of one content cost one write."""
    ruin = b"ruined\n"
    view = Repository(tmp_path).with_changes({f"{number % 7}/{number}": ruin for number in range(MANY + 1)})

    with folder_of(view) as folder:
        found = contents(folder)
        assert (len(found), set(found.values())) == (MANY + 1, {ruin})
        assert len({path.stat().st_ino for path in folder.rglob("*") if path.is_file()}) == 1


@pytest.fixture
def one_file(tmp_path):
    (tmp_path / "a.txt").write_text("a\n")
    os.utime(tmp_path / "a.txt", (1, 1))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "folder").symlink_to(tmp_path)
    return Repository(tmp_path)


def test_a_copy_keeps_the_times_that_make_goes_by(one_file):
    with copy_of(one_file) as folder:
        assert [path.name for path in folder.iterdir()] == ["a.txt"]
        assert (folder / "a.txt").stat().st_mtime == 1


@pytest.fixture
def memory(tmp_path_factory, monkeypatch):
    """Stand for the folder in memory; the test's own disk does as well."""
    folder = tmp_path_factory.mktemp("memory")
    monkeypatch.setattr(scratch, "MEMORY", str(folder))
    monkeypatch.setattr(os.path, "ismount", lambda path: path == str(folder))
    monkeypatch.setattr(scratch, "_available", lambda: 99 * scratch.LEAST)
    monkeypatch.delenv("TMPDIR", raising=False)
    return folder


def test_a_small_copy_lies_in_memory(one_file, memory):
    with copy_of(one_file) as folder:
        assert folder.parent == memory
    assert [*memory.iterdir()] == []


def test_a_copy_that_would_fill_the_memory_lies_on_the_disk(one_file, memory, monkeypatch):
    monkeypatch.setattr(scratch, "_available", lambda: 2 * scratch.LEAST)
    with copy_of(one_file) as folder:
        assert folder.parent == Path(tempfile.gettempdir())


def test_a_copy_lies_where_it_is_told(one_file, memory, monkeypatch, tmp_path_factory):
    told = tmp_path_factory.mktemp("told")
    monkeypatch.setenv("TMPDIR", str(told))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with copy_of(one_file) as folder:
        assert folder.parent == told
