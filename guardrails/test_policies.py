"""Policies for development are seen to be such, and share nothing with those for production."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.mentions import lines_of, nearest, sightings, visible
from pytest_coordguard.facts.policies import SCOPES, SUFFIXES, Entry, Policy, policies
from pytest_coordguard.facts.repository import Repository

LABEL = "NOT for production"
DEVELOPMENT = re.compile(
    r"(?:^|[._-])(dev|develop|development|sandbox|local|test|testing|demo)(?=[._-])", re.IGNORECASE
)
TENANTS = ("**/tenant", "**/tenant_id", "**/tenantId", "**/tenants", "**/tenants/*/id", "**/tenants/*/name")
KEYS = tuple(
    f"**/{name}" for name in ("client_id", "clientId", "key_id", "keyId", "kid", "api_key", "apiKey", "account_id",
                              "accountId", "project_id", "projectId", "clients/*/id", "accounts/*/id", "users/*/id")
)  # fmt: skip


@guardrail("policies.labelled", remedy=f'Write "{LABEL}" into the first lines of each development policy.')
def test_policies_are_labelled(
    repo: Repository,
    evidence: Evidence,
    files: list[RepoPath],
    label: str = LABEL,
    within_lines: int = 10,
    production: list[RepoPath] | None = None,
) -> None:
    """Each development or sandbox policy says in its first lines that it is one, and no production policy does.

    A file beside them whose name says `dev`, `sandbox`, `local`, `test` or `demo`, and which the plan names in neither
    list, is a fault: a new policy must not come in unlabelled.

    Args:
        files: the development policies: files, folders or globs.
        label: the words of the label; letter case and emphasis make no difference.
        within_lines: how many lines from the top a reader is expected to see.
        production: the policies that must not carry the label, at any line.

    """
    chosen = [path for path in repo.select(files) if repo.is_file(path)]
    if not chosen:
        raise Vacuous(f"no file matches {', '.join(files) or 'an empty list'}")
    real = [path for path in repo.select(production or []) if path not in chosen]
    evidence.measured("development policies", len(chosen), at_least=1)
    evidence.measured("production policies", len(real))
    findings = [
        Finding(str(pattern), 0, "no such file, and the plan names it as a policy", "policies.no_file")
        for pattern in [*files, *(production or [])]
        if not repo.select([pattern])
    ]
    findings += _unlabelled(repo, chosen, label, within_lines)
    findings += _labelled(repo, real, label)
    require_none([*findings, *_forgotten(repo, chosen, real)])


def _unlabelled(repo: Repository, paths: Sequence[str], label: str, within: int) -> Iterator[Finding]:
    for path in paths:
        seen = visible(path, repo.read_text(path))
        if sightings("".join(lines_of(seen)[:within]), label):
            continue
        words, line = f"no {label!r} in the first {within} lines", 1
        if later := sightings(seen, label):
            line, words = later[0].first, f"{label!r} stands here, after the first {within} lines"
        elif near := nearest("".join(lines_of(seen)[:within]), label):
            line, words = near[0], f"{words}; nearest is {near[1][:80]!r}"
        yield Finding(path, line, words, "policies.unlabelled")


def _labelled(repo: Repository, paths: Sequence[str], label: str) -> Iterator[Finding]:
    for path in paths:
        if found := sightings(visible(path, repo.read_text(path)), label):
            yield Finding(path, found[0].first, f"a production policy says {label!r}", "policies.mislabelled")


def _forgotten(repo: Repository, chosen: Sequence[str], production: Sequence[str]) -> Iterator[Finding]:
    folders = {path.rpartition("/")[0] for path in chosen}
    for path in repo.files:
        folder, _, name = path.rpartition("/")
        listed = path in chosen or path in production
        if folder in folders and not listed and name.lower().endswith(SUFFIXES) and DEVELOPMENT.search(name):
            yield Finding(path, 0, "its name is that of a development policy, and the plan does not name it",
                          "policies.forgotten")  # fmt: skip


@violation(test_policies_are_labelled)
def _label_removed(repo: Repository, files: list[str], label: str = LABEL) -> Changes:
    """The lines that say so are gone from one policy."""
    path = _labelled_one(repo, files, label)
    text = repo.read_text(path)
    said = {line for one in sightings(visible(path, text), label) for line in range(one.first, one.last + 1)}
    return {path: "".join(line for at, line in enumerate(lines_of(text), 1) if at not in said).encode()}


@violation(test_policies_are_labelled)
def _label_moved_down(repo: Repository, files: list[str], label: str = LABEL, within_lines: int = 10) -> Changes:
    """One policy begins with so many empty lines that its label comes too late."""
    path = _labelled_one(repo, files, label)
    return {path: b"\n" * within_lines + repo.read(path)}


@violation(test_policies_are_labelled)
def _production_labelled(repo: Repository, production: list[str] | None = None, label: str = LABEL) -> Changes:
    """A production policy carries the label of the development ones."""
    paths = repo.select(production or [])
    if not paths:
        raise CannotPlant("the plan names no production policy")
    return {paths[0]: f"# {label}\n".encode() + repo.read(paths[0])}


@violation(test_policies_are_labelled)
def _new_policy_unlabelled(repo: Repository, files: list[str]) -> Changes:
    """A sandbox policy without label appears beside the others."""
    path = _first(repo, files)
    return {f"{path.rpartition('/')[0]}/coordguard.sandbox.yaml".lstrip("/"): b"scopes: []\n"}


def _labelled_one(repo: Repository, files: Sequence[str], label: str) -> str:
    found = [path for path in repo.select(files) if sightings(visible(path, repo.read_text(path)), label)]
    if not found:
        raise CannotPlant(f"no policy says {label!r}")
    return found[0]


def _first(repo: Repository, files: Sequence[str]) -> str:
    if paths := repo.select(files):
        return paths[0]
    raise CannotPlant("the policies are not there")


# Isolation


@guardrail(
    "policies.isolated",
    remedy="Give the sandbox scopes and tenants of its own, as sandbox:…; what must be shared goes into `shared`.",
)
def test_policies_are_isolated(
    repo: Repository,
    evidence: Evidence,
    files: list[RepoPath],
    production: list[RepoPath],
    scopes_at: list[str] | None = None,
    tenants_at: list[str] | None = None,
    keys_at: list[str] | None = None,
    shared: dict[str, str] | None = None,
) -> None:
    """No scope, tenant or key of a development or sandbox policy is one of a production policy as well.

    A wildcard on either side stands for all that it covers. A place is a JSON pointer in which `*` stands for one step
    and `**` for any number: `#/tenants/*/scopes`. The values of keys are compared and never shown.

    Args:
        files: the development policies: YAML, JSON or TOML files, folders or globs.
        production: the production policies; those in `files` are none.
        scopes_at: where scopes stand; any `…scopes`, `scope` or `permissions` when left out.
        tenants_at: where tenants are named; any `tenant`, `tenant_id` or `tenants` when left out.
        keys_at: where ids and keys stand; `client_id`, `key_id`, `api_key`, `account_id` and their like when left out.
        shared: a scope or tenant that may be on both sides -> the reason.

    """
    ours = policies(repo, files)
    named = {policy.path for policy in ours}  # `production: configs/` is all of them but those
    theirs = [policy for policy in policies(repo, production) if policy.path not in named]
    sides = {"files": ours, "production": theirs}
    if empty := [name for name, found in sides.items() if not found]:
        raise Vacuous(f"{' and '.join(empty)}: no policy to compare")
    kinds = {"scope": scopes_at or SCOPES, "tenant": tenants_at or TENANTS, "key": keys_at or KEYS}
    findings: list[Finding] = []
    compared, used = 0, set[str]()
    for kind, places in kinds.items():
        here, there = _entries(ours, places), _entries(theirs, places)
        evidence.measured(f"{kind}s of development", len({entry.text for entry in here}))
        evidence.measured(f"{kind}s of production", len({entry.text for entry in there}))
        compared += len(here) * len(there)
        for entry, other in _pairs(here, there):
            used |= {entry.text, other.text}
            if entry.text not in (shared or {}) and other.text not in (shared or {}):
                findings.append(_shared(kind, entry, other))
    findings += [
        Finding("", 0, f"shared: {text!r} is not on both sides", "policies.shared-unused")
        for text in shared or {}
        if text not in used
    ]
    require_none(findings)
    if not compared:
        raise Vacuous("neither scope nor tenant nor key stands on both sides, so nothing was compared")


def _entries(found: Sequence[Policy], places: Sequence[str]) -> list[Entry]:
    return [entry for policy in found for entry in policy.entries(places)]


def _pairs(ours: Sequence[Entry], theirs: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield each text of ours with the first of theirs that means the same."""
    exact = {entry.text.casefold(): entry for entry in reversed(theirs)}
    wild = [entry for entry in theirs if "*" in entry.text]
    for entry in ours:
        text = entry.text.casefold()
        met = exact.get(text) or next((w for w in wild if fnmatchcase(text, _glob(w.text))), None)
        if met is None and "*" in text:
            met = next((one for one in theirs if fnmatchcase(one.text.casefold(), _glob(text))), None)
        if met is not None:
            yield entry, met


def _glob(text: str) -> str:
    """Return a pattern in which `*` alone has a meaning."""
    return re.sub(r"[\[?]", lambda sign: f"[{sign[0]}]", text.casefold())


def _shared(kind: str, entry: Entry, other: Entry) -> Finding:
    if kind == "key":
        words = f"the value of {entry.pointer[-1]} is that of a production policy"
    elif entry.text == other.text:
        words = f"the {kind} {entry.text!r} is one of production too"
    else:
        words = f"the {kind} {entry.text!r} meets {other.text!r} of production"
    return Finding(entry.path, entry.line, f"{words} ({other})", f"policies.shared-{kind}")


@violation(test_policies_are_isolated)
def _scope_shared(
    repo: Repository, files: list[str], production: list[str], scopes_at: list[str] | None = None,
    shared: Mapping[str, str] | None = None,
) -> Changes:  # fmt: skip
    """A scope of production stands in a sandbox policy as well."""
    return _copied(repo, files, production, scopes_at or SCOPES, shared or {}, "scope")


@violation(test_policies_are_isolated)
def _tenant_shared(
    repo: Repository, files: list[str], production: list[str], tenants_at: list[str] | None = None,
    shared: Mapping[str, str] | None = None,
) -> Changes:  # fmt: skip
    """A tenant of production stands in a sandbox policy as well."""
    return _copied(repo, files, production, tenants_at or TENANTS, shared or {}, "tenant")


def _copied(
    repo: Repository, files: Sequence[str], production: Sequence[str], places: Sequence[str],
    shared: Mapping[str, str], kind: str,
) -> Changes:  # fmt: skip
    """Write one text of production over one of a sandbox policy, where both stand as they are written."""
    theirs = [one for one in _entries(policies(repo, production), places) if one.text not in shared]
    ours = [one for one in _entries(policies(repo, files), places) if one.text not in {t.text for t in theirs}]
    for entry in ours:
        text = repo.read_text(entry.path)
        if theirs and entry.text in text:
            lines = text.splitlines(keepends=True)
            lines[entry.line - 1] = lines[entry.line - 1].replace(entry.text, theirs[0].text)
            return {entry.path: "".join(lines).encode()}
    raise CannotPlant(f"no {kind} stands on both sides")
