"""What git knows about a repository, as data. Reads only: no hook, no filter monitor, no pager, no index refresh.

Paths are relative to `root`, which may lie below the top of the work tree, with "/" between the parts. Where there is
no git, no repository or no commit yet, the answer is None or empty, which each function says.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge

TIME_LIMIT = 120  # seconds for one git command; the slowest here, a diff of 25,000 files, takes two
BRANCHES = ("origin/main", "origin/master", "main", "master")  # tried in this order when origin/HEAD is not known

# The repository's own settings must neither run a program nor change what is printed (git-config(1)).
SETTINGS = (
    "core.quotepath=off",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.trustctime=true",
    "core.checkStat=default",  # "minimal" misses an edit of the same size whose mtime was put back
    "core.pager=cat",
    "diff.orderFile=/dev/null",
    "log.showSignature=false",
)
# Variables that lead git to another repository or into running programs are dropped: git(1), ENVIRONMENT VARIABLES.
KEPT = re.compile(r"GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|CEILING_DIRECTORIES|EXEC_PATH)\Z")
DIFF = (
    *("diff", "-U0", "--inter-hunk-context=0", "--no-color", "--no-ext-diff", "--no-textconv", "--text"),
    *("--find-renames", "--relative", "--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/"),
)
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def output(root: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """Return what a git command prints, or None when it fails, or there is no git.

    Raises:
        CannotJudge: it takes longer than `TIME_LIMIT`, or git refuses the folder because another user owns it.

    """
    done = run(root, *arguments, stdin=stdin)
    return None if done is None or done.returncode else done.stdout


def run(
    root: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    """Return how a git command ended, None when it could not be started. `env` is added to its environment.

    Raises:
        CannotJudge: it takes longer than `TIME_LIMIT`, or git refuses the folder because another user owns it.

    """
    try:
        done = subprocess.run(
            command(*arguments),
            cwd=root,
            env={**environment(), **(env or {})},
            input=stdin,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a null byte in an argument
        return None
    except subprocess.TimeoutExpired as error:
        raise CannotJudge(f"git {arguments[0]}: still running after {TIME_LIMIT} s") from error
    if done.returncode and b"dubious ownership" in done.stderr:
        raise CannotJudge(f"git refuses {root}, which another user owns; git config --global --add safe.directory …")
    return done


def command(*arguments: str) -> list[str]:
    """Return the command line of a git that runs no program of the repository's settings."""
    return ["git", *(part for setting in SETTINGS for part in ("-c", setting)), *arguments]


def environment() -> dict[str, str]:
    """Return the environment of a git that is led nowhere else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or KEPT.match(name)}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _line(raw: bytes | None) -> str | None:
    return (os.fsdecode(raw).rstrip("\n") or None) if raw is not None else None


def _names(raw: bytes | None) -> set[str]:
    return {os.fsdecode(name) for name in (raw or b"").split(b"\0") if name}


def commit(root: Path, ref: str) -> str | None:
    """Return the full id of the commit that a branch, tag or id names; None when it names none here."""
    if not ref or ref.startswith("-"):
        return None
    return _line(output(root, "rev-parse", "--verify", "--quiet", ref + "^{commit}"))


def head(root: Path) -> str | None:
    """Return the full id of the commit that is checked out; None without one."""
    return commit(root, "HEAD")


def branch(root: Path) -> str | None:
    """Return the branch that is checked out, even one without a commit yet; None when HEAD is detached."""
    return _line(output(root, "symbolic-ref", "--quiet", "--short", "HEAD"))


def default_branch(root: Path) -> str | None:
    """Return the branch that work is merged into, as a name that git resolves, such as `origin/main`."""
    remote = _line(output(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"))
    return next((name for name in (remote, *BRANCHES) if name and commit(root, name)), None)


def is_only_branch(root: Path) -> bool:
    """Tell whether the history is whole and on one branch, so that nothing else could be the base of a change.

    In a shallow clone, or with HEAD detached, the branch that it left may lie elsewhere.
    """
    if _line(output(root, "rev-parse", "--is-shallow-repository")) == "true" or branch(root) is None:
        return False
    names = (output(root, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes") or b"").split()
    mine = os.fsencode(f"/{branch(root)}")
    return all(name.endswith((mine, b"/HEAD")) for name in names)


def merge_base(root: Path, ref: str) -> str | None:
    """Return the commit at which HEAD left `ref`; None when they share none here, as in a shallow clone."""
    other = commit(root, ref)
    return _line(output(root, "merge-base", "HEAD", other)) if other else None


def committer_time(root: Path, ref: str = "HEAD") -> int | None:
    """Return when a commit was made, in seconds since 1970; None when it is not here."""
    found = commit(root, ref)
    raw = output(root, "cat-file", "commit", found) if found else None
    stamp = re.search(rb"^committer .*> (\d+) [+-]\d{4}$", raw or b"", re.MULTILINE)
    return int(stamp[1]) if stamp else None


def head_at(root: Path, when: float) -> str | None:
    """Return the commit that was checked out here at a time (seconds since 1970); None when that is not known.

    From HEAD's reflog, which begins with the clone; it is not known of a time before that.
    """
    raw = output(root, "log", "--walk-reflogs", "--date=unix", "--format=%gd %H", "HEAD", "--")
    entries = re.findall(rb"^HEAD@\{(\d+)\} (\w+)$", raw or b"", re.MULTILINE)  # the newest first
    return next((found.decode() for stamp, found in entries if int(stamp) <= when), None)


def show(root: Path, ref: str, path: str) -> bytes | None:
    """Return a file's bytes as a commit has them; None when the commit or the file is not there."""
    found = commit(root, ref)
    return output(root, "cat-file", "blob", f"{found}:./{path}") if found else None


def place(root: Path) -> str:
    """Return where a folder lies in its work tree, as `examples/shop/`; "" at the top of it, and without git."""
    return _line(output(root, "rev-parse", "--show-prefix")) or ""


def changed_paths(root: Path, before: str, after: str) -> tuple[str, ...]:
    """Return the files that differ between two commits, both sides of a rename, sorted, relative to the work tree."""
    raw = output(root, "diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after)
    return tuple(sorted(_names(raw)))


def tracked(root: Path) -> frozenset[str]:
    """Return the files that git tracks; none without git."""
    return frozenset(_names(output(root, "ls-files", "-z", "--cached")))


def untracked(root: Path, paths: Sequence[str] = ()) -> frozenset[str]:
    """Return the files that git would add: neither tracked nor ignored; none without git.

    `paths` narrows it to some pathspecs, as `src` or `*.py` (gitglossary(7), pathspec).
    """
    return frozenset(_names(output(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *paths)))


def ignored(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Return those of these paths that git would ignore, whether they are there or not; none without git."""
    asked = b"\0".join(os.fsencode(path) for path in paths)
    return frozenset(
        _names(output(root, "check-ignore", "--no-index", "-z", "--stdin", stdin=asked) if paths else None)
    )


def dirty_paths(root: Path) -> tuple[str, ...]:
    """Return the files that differ from HEAD, staged or not, gone or new, sorted; those that git ignores left out.

    Files that `git update-index --assume-unchanged` or `--skip-worktree` hides are compared too.
    """
    if head(root) is None:
        return tuple(sorted(tracked(root) | untracked(root)))
    compare = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--relative")
    changed = _names(output(root, *compare, "HEAD", "--"))
    return tuple(sorted(changed | untracked(root) | _hidden(root)))


def _hidden(root: Path) -> set[str]:
    listed = [line for line in (output(root, "ls-files", "-v", "-z") or b"").split(b"\0") if line]
    flagged = [os.fsdecode(line[2:]) for line in listed if line[:1].islower() or line[:1] in (b"S", b"s")]
    sparse = {os.fsdecode(line[2:]) for line in listed if line[:1] in (b"S", b"s")}
    return {name for name in flagged if _differs(root, name) and not (name in sparse and not (root / name).exists())}


def _differs(root: Path, path: str) -> bool:
    if not (root / path).is_file() or (root / path).is_symlink():
        return not (root / path).is_symlink()
    now = _line(output(root, "hash-object", "--", path))
    return now != _line(output(root, "rev-parse", "--verify", "--quiet", f"HEAD:./{path}"))


def changed_lines(root: Path, base: str, paths: Sequence[str] = ()) -> dict[str, set[int]] | None:
    """Return the lines that the work tree adds or alters since the commit `base`: path -> 1-based line numbers.

    All lines of a new file that git does not track yet count; a file that was only renamed, or lost lines, is not in
    it. An attribute that calls a file binary hides nothing.

    Args:
        root: the repository's root, or a folder below it.
        base: the commit to compare with, best from `merge_base`.
        paths: look at these pathspecs only, as `src` or `*.py`; at all when empty.

    Returns:
        None when there is no such commit here.

    Raises:
        CannotJudge: git has the commit, and not all the files of it (a partial clone).

    """
    found = commit(root, base)
    if found is None:
        return None
    raw = output(root, *DIFF, found, "--", *paths)
    if raw is None:
        raise CannotJudge(f"git cannot compare the work tree with {base}: objects of it are missing here")
    changed = added_lines(raw)
    for path in untracked(root, paths):
        changed[path] = set(range(1, _line_count(root / path) + 1))
    return {path: lines for path, lines in sorted(changed.items()) if lines}


def _line_count(path: Path) -> int:
    try:
        return len(path.read_bytes().splitlines())
    except OSError:  # a dangling link, a file that has just gone
        return 0


def added_lines(diff: bytes) -> dict[str, set[int]]:
    """Return path -> line numbers that a diff made with `-U0 --dst-prefix=b/` adds."""
    lines = iter(diff.split(b"\n"))
    found: dict[str, set[int]] = {}
    current: set[int] = set()
    for line in lines:
        if line.startswith(b"+++ "):
            current = found.setdefault(_path_of(line[4:]), set())
        elif hunk := HUNK.match(line):
            gone, start, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            current.update(range(start, start + new))
            _skip(lines, gone + new)
    found.pop("", None)
    return found


def _skip(lines: Iterator[bytes], count: int) -> None:
    """Pass over the content of a hunk, in which a line may look like a header."""
    while count > 0 and (line := next(lines, None)) is not None:
        count -= not line.startswith(b"\\")  # "\\ No newline at end of file" is no line of either file


def _path_of(name: bytes) -> str:
    """Return the path of a `+++` line, "" for a file that is gone. Quoting: git-diff(1), `core.quotePath`."""
    if name.startswith(b'"'):
        name = re.sub(rb"\\([0-7]{3}|.)", _unescaped, name.rstrip(b"\t")[1:-1])
    else:
        name = name.removesuffix(b"\t")
    return os.fsdecode(name[2:]) if name.startswith(b"b/") else ""


def _unescaped(escape: re.Match[bytes]) -> bytes:
    text = escape[1]
    return bytes([int(text, 8)]) if len(text) == 3 else ESCAPES.get(text, text)  # noqa: PLR2004  three octal digits
