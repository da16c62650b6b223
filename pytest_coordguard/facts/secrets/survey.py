"""A repository's files in, its secrets by path out, with a count of what was and was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.secrets.allowance import Entry, Mark, apply_marks, baseline_text, marks_in
from pytest_coordguard.facts.secrets.scan import Secret, is_binary, secrets_in


@dataclass(slots=True)
class Survey:
    """What was found, and how much was looked at."""

    secrets: dict[str, list[Secret]] = field(default_factory=dict)  # for each file looked at, those without any too
    marks: dict[str, list[Mark]] = field(default_factory=dict)
    size: int = 0  # bytes looked at
    binary: list[str] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # dangling links, and submodules


def survey(
    repo: Repository, paths: Sequence[str], *, largest: int, lines: Mapping[str, Collection[int]] | None = None
) -> Survey:
    """Look for secrets in these files.

    Args:
        repo: the repository.
        paths: its files.
        largest: bytes; a larger file is left out, and counted.
        lines: path -> the lines that count; a file that is not in it is left out. All lines of all files when None.

    Raises:
        CannotJudge: a file cannot be read, or the engine is missing or fails.

    """
    seen = Survey()
    for path in paths:
        if lines is None or path in lines:
            _look(repo, path, seen, largest, None if lines is None else lines[path])
    return seen


@dataclass(frozen=True, slots=True)
class _File:
    """What one file holds."""

    size: int  # bytes
    binary: bool = False
    too_large: bool = False
    secrets: tuple[Secret, ...] = ()
    marks: tuple[Mark, ...] = ()


def _file(path: str, data: bytes, largest: int) -> _File:
    if is_binary(data):
        return _File(len(data), binary=True)
    if len(data) > largest:
        return _File(len(data), too_large=True)
    return _File(len(data), secrets=tuple(secrets_in(path, data)), marks=tuple(marks_in(data)))


def _look(repo: Repository, path: str, seen: Survey, largest: int, lines: Collection[int] | None) -> None:
    try:
        file = repo.recall(path, (__name__, largest), lambda data: _file(path, data, largest))
    except FileNotFoundError:
        seen.gone.append(path)
        return
    except CannotJudge:
        if repo.is_file(path) or not (repo.root / path).is_dir():  # a folder in the place of a file: a submodule
            raise
        seen.gone.append(path)
        return
    if file.binary:
        seen.binary.append(path)
    elif file.too_large:
        seen.too_large.append(path)
    else:
        seen.size += file.size
        seen.secrets[path] = [one for one in file.secrets if lines is None or one.line in lines]
        if found := [mark for mark in file.marks if lines is None or mark.line in lines]:
            seen.marks[path] = found


def described(secrets: Mapping[str, Sequence[Secret]]) -> list[Finding]:
    """Return one finding for each family in each file, at its first line, with the number of the others."""
    found = []
    for path, those in secrets.items():
        counts = Counter(one.family for one in those)
        for family, count in counts.items():
            line = min(one.line for one in those if one.family == family)
            more = f", and {count - 1} more in this file" if count > 1 else ""
            found.append(
                Finding(
                    path,
                    line,
                    f"{_title(family)}{more}; rotate it, and read it from the environment",
                    f"secrets.{family}",
                )
            )
    return found


_WRITTEN = "a credential is written out: a value drawn by chance or chosen as a password, beside a credential's name"
_TITLES = {
    "named-value": _WRITTEN,
    "bare-value": _WRITTEN,
    "bare-line": _WRITTEN,
    "url-password": "a URL holds a password",
    "authorization-header": "an Authorization header holds a credential",
    "bearer-value": "an authorization scheme is followed by a credential",
    "pair-value": "a field named like a credential holds one",
    "list-value": "a recorded header holds a credential",
    "header-value": "a header or cookie holds a credential",
    "element-value": "an element named like a credential holds one",
    "registry-auth": "a registry's login is written out (base64 of user:password)",
    "connection-string": "a connection string or query holds a credential",
    "netrc": "a netrc login holds a password",
    "login-pair": "a login is written out",
    "jdbc-oracle": "a connection string or query holds a credential",
    "putty-key": "a private key is written out",
    "pgpass": "a pgpass line holds a password",
    "option-value": "a command line holds a credential",
    "password-hash": "a user's password hash is written out",
    "webhook": "a webhook's URL is written out, which is its own credential",
    "json-web-token": "a signed JSON Web Token is written out",
    "private-key": "a private key is written out",
}


def _title(family: str) -> str:
    return _TITLES.get(family, f"a credential is written out ({family.replace('-', ' ')})")


def selected(repo: Repository, paths: Sequence[str], exclude: Sequence[str], baseline: str | None) -> list[str]:
    """Return the files to look at: those of `paths`, or all, without `exclude` and the baseline itself.

    Raises:
        Vacuous: `paths` match no file.

    """
    chosen = repo.select(paths) if paths else repo.files
    left_out = {*repo.select(exclude), *([baseline] if baseline else [])} if exclude or baseline else set()
    if paths and not chosen:
        raise Vacuous(f"no file matches {', '.join(map(repr, map(str, paths)))}")
    return [path for path in chosen if path not in left_out]


def write_baseline(
    repo: Repository,
    paths: Sequence[str],
    *,
    salt: str,
    reason: str,
    owner: str,
    before: Sequence[Entry] = (),
    largest: int = 32_000_000,
) -> str:
    """Return the text of a baseline that accepts what these files hold now; the caller writes it.

    Args:
        repo: the repository.
        paths: its files.
        salt: 16 bytes in hexadecimal, such as `secrets.token_hex(16)` draws; keep it when writing anew.
        reason: why none of these needs to be rotated.
        owner: who says so.
        before: entries of the baseline that is there; one whose value still is keeps its own reason and owner.
        largest: bytes; a larger file is left out.

    """
    seen = survey(repo, paths, largest=largest)
    rest = {path: apply_marks(path, those, seen.marks.get(path, ()))[0] for path, those in seen.secrets.items()}
    return baseline_text(rest, salt=salt, reason=reason, owner=owner, before=before)
