"""The folder in which a command sees a repository: itself, or a copy with what is planted."""

import stat

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import MANY, folder_of


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
