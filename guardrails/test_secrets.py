"""No credential lies in the repository."""

from __future__ import annotations

import random
import re
import string

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile, RepoPath
from pytest_coordguard.facts import git
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.secrets.allowance import apply_marks, baseline_faults, read_baseline, without_accepted
from pytest_coordguard.facts.secrets.engine import TOOL, tool_version
from pytest_coordguard.facts.secrets.scan import Secret
from pytest_coordguard.facts.secrets.survey import Survey, described, selected, survey

MEGABYTE = 1_000_000
NAMED = 3  # files by name in a remark; the rest is a number
SEED = 20251015  # the planted keys are drawn from it, so that none is written here


@guardrail(
    "secrets.absent",
    remedy="Rotate each credential that is named, then take it from the environment or a vault. A value that is none "
    "gets `coordguard: allow-secret (reason)` in a comment on its line, or an entry with reason and owner in the "
    "baseline.",
)
def test_no_secrets(
    repo: Repository,
    evidence: Evidence,
    paths: list[RepoPath] = [],  # noqa: B006
    exclude: list[RepoPath] = [],  # noqa: B006
    baseline: RepoFile | None = None,
    changed_since: str | None = None,
    largest_megabytes: float = 32,
) -> None:
    """No file holds a credential: a vendor's key, a password, a token, a private key.

    Args:
        repo: the repository.
        evidence: takes how much was looked at, and what was not.
        paths: the files that are looked at; all that git tracks or would add when none is named.
        exclude: files that are left out.
        baseline: values that were accepted, as `coordguard baseline` writes them.
        changed_since: a git ref; only lines that were added or altered since then count.
        largest_megabytes: a larger file cannot be judged.

    """
    evidence.tool(TOOL, tool_version())
    largest = int(largest_megabytes * MEGABYTE)
    chosen = selected(repo, paths, exclude, baseline)
    seen = survey(repo, chosen, largest=largest, lines=_lines(repo, changed_since) if changed_since else None)
    _tell(evidence, seen)
    if not seen.secrets and not changed_since:
        raise Vacuous("no text file to look at")
    rest, faults = _not_allowed(seen)
    if baseline:
        rest, stale = _not_accepted(repo, baseline, seen, rest, whole=changed_since is None)
        faults += stale
    evidence.measured("secrets", sum(map(len, rest.values())), at_most=0)
    require_none(described(rest) + faults)
    if seen.too_large:
        raise CannotJudge(
            f"{seen.too_large[0]}: larger than {largest_megabytes} MB; name it in `exclude`, or raise "
            "`largest_megabytes`"
        )


def _lines(repo: Repository, since: str) -> dict[str, frozenset[int]]:
    """Return path -> the lines that were added or altered since HEAD left `since`; all lines of planted files."""
    base = git.merge_base(repo.root, since)
    changed = git.changed_lines(repo.root, base) if base else None
    if changed is None:
        raise CannotJudge(f"changed_since: git knows no {since!r} here that HEAD shares a commit with")
    lines = {path: frozenset(numbers) for path, numbers in changed.items()}
    for path, content in repo.changes.items():
        if content is not None:
            lines[path] = frozenset(range(1, content.count(b"\n") + 2))
    if not lines and base == git.head(repo.root):
        raise Vacuous(f"changed_since: nothing changed since {since!r}")
    return lines


def _not_allowed(seen: Survey) -> tuple[dict[str, list[Secret]], list[Finding]]:
    rest: dict[str, list[Secret]] = {}
    faults: list[Finding] = []
    for path, found in seen.secrets.items():
        rest[path], wrong = apply_marks(path, found, seen.marks.get(path, ()))
        faults += wrong
    return rest, faults


def _not_accepted(
    repo: Repository, path: str, seen: Survey, rest: dict[str, list[Secret]], *, whole: bool
) -> tuple[dict[str, list[Secret]], list[Finding]]:
    try:
        baseline = read_baseline(path, repo.read_text(path))
    except FileNotFoundError:
        raise CannotJudge(f"{path}: the baseline is not there; `coordguard baseline TASK/slug` writes it") from None
    gone = [entry.path for entry in baseline.entries if not repo.is_file(entry.path)]
    return without_accepted(baseline, rest), baseline_faults(baseline, seen.secrets, gone) if whole else []


def _tell(evidence: Evidence, seen: Survey) -> None:
    evidence.measured("files examined", len(seen.secrets))
    evidence.measured("megabytes examined", round(seen.size / MEGABYTE, 1), unit="MB")
    evidence.measured("binary files, not examined", len(seen.binary))
    for what, those in (
        ("binary", seen.binary),
        ("dangling links or submodules", seen.gone),
        ("too large", seen.too_large),
    ):
        if those:
            named = ", ".join([*those[:NAMED], *(["…"] if those[NAMED:] else [])])
            evidence.remark(f"not examined, {what}: {len(those)} ({named})")
    marked = sum(map(len, seen.marks.values()))
    if marked:
        evidence.remark(f"inline allowances: {marked}")


def _drawn(alphabet: str, size: int, salt: int = 0) -> str:
    dice = random.Random(SEED + size + salt)  # noqa: S311
    return "".join(dice.choices(alphabet, k=size))


BASE62 = string.ascii_letters + string.digits


def _place(paths: list[RepoPath]) -> str:
    if not paths:
        return "coordguard_planted"
    folders = [path.rstrip("/") for path in map(str, paths) if re.fullmatch(r"(?:[^*?\[]+/)?[^*?\[.]+/?", path)]
    if not folders:
        raise CannotPlant("`paths` names no folder in which a new file would be looked at")
    return f"{folders[0]}/coordguard_planted"


@violation(test_no_secrets)
def _cloud_key_in_a_new_module(paths: list[RepoPath] = []) -> Changes:  # noqa: B006
    """An access key's id and its secret, as constants."""
    key_id = "AK" + "IA" + _drawn(string.ascii_uppercase + "234567", 16)
    text = f'KEY_ID = "{key_id}"\naws_secret_access_key = "{_drawn(BASE62 + "/+", 40)}"\n'
    return {f"{_place(paths)}.py": text.encode()}


@violation(test_no_secrets)
def _tokens_in_an_environment_file(paths: list[RepoPath] = []) -> Changes:  # noqa: B006
    """Tokens of several issuers, and a password that a person chose."""
    lines = [
        f"CI_LOGIN={'gh' + 'p_'}{_drawn(BASE62, 36)}",
        f"PAYMENTS={'sk_' + 'test_'}{_drawn(BASE62, 24)}",
        f"DATABASE_URL=postgresql://app:{_drawn(BASE62, 14)}@db.internal:5432/app",
        f"DB_PASSWORD=Win{'ter'}{_drawn(string.digits, 4)}!blau",
    ]
    return {f"{_place(paths)}.env": "\n".join([*lines, ""]).encode()}


@violation(test_no_secrets)
def _header_in_a_recording(paths: list[RepoPath] = []) -> Changes:  # noqa: B006
    """A bearer token that a recorder of HTTP kept."""
    text = f"interactions:\n- request:\n    headers:\n      Authorization:\n      - Bearer {_drawn(BASE62, 40)}\n"
    return {f"{_place(paths)}.yaml": text.encode()}


@violation(test_no_secrets)
def _private_key_block(paths: list[RepoPath] = []) -> Changes:  # noqa: B006
    """A key in PEM."""
    body = "\n".join(_drawn(BASE62 + "/+", 64, row) for row in range(12))
    kind = "RSA PRIVATE " + "KEY"
    return {f"{_place(paths)}.pem": f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode()}


@violation(test_no_secrets)
def _token_in_a_file_that_is_there(
    repo: Repository,
    paths: list[RepoPath] = [],  # noqa: B006
    exclude: list[RepoPath] = [],  # noqa: B006
    baseline: RepoFile | None = None,
) -> Changes:
    """A token at the end of a file that had none: what is looked at is the content, not the date."""
    for path in selected(repo, paths, exclude, baseline):
        if path.endswith((".py", ".md", ".txt", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".env")) and repo.is_file(
            path
        ):
            return {path: repo.read(path) + f"\n# access_token = '{'gl' + 'pat-'}{_drawn(BASE62, 20)}'\n".encode()}
    raise CannotPlant("no text file among `paths`")
