"""The OpenAPI description in the repository is the one that its generator makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath, Seconds
from pytest_coordguard.facts.command import Stamps, completed, ending, stamps, tail
from pytest_coordguard.facts.openapi.document import Document, Unreadable, read_document
from pytest_coordguard.facts.openapi.drift import Difference, differences, is_there
from pytest_coordguard.facts.openapi.places import Pointer, read_fragment, written
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.scratch import copy_of

TOLD = 20  # differences of one file that are findings of their own; the others are counted
BESIDE = (".venv", "venv", "node_modules")  # what git ignores and a generator needs
TEN_MINUTES = Seconds(600)


@dataclass(frozen=True, slots=True)
class Generator:
    """The command that writes the description, and how it is run."""

    run: str
    within: float
    shell: bool
    env: dict[str, str] | None


@guardrail("openapi.fresh", remedy="Run the generator, look at what it changes, and commit its file unedited.")
def test_spec_is_fresh(
    repo: Repository,
    evidence: Evidence,
    spec: list[RepoPath],
    run: str,
    within: Seconds = TEN_MINUTES,
    bytes: bool = False,  # noqa: A002  the word of the plan
    ignore: list[str] | None = None,
    from_nothing: bool = True,
    needs: list[RepoPath] | None = None,
    env: dict[str, str] | None = None,
    shell: bool = False,
) -> None:
    """Running the generator again gives the description that the repository holds.

    The generator runs in a scratch copy of the files that git knows, without the git folder, so that nothing in the
    repository is written. It is `broken`, not unmet, when the generator fails or writes no such file.

    Args:
        spec: files or globs that the generator writes, JSON or YAML.
        run: the generator, as `make openapi-spec`.
        within: its time limit.
        bytes: the same meaning in other bytes (order of keys, white space, line ends) is a fault too.
        ignore: places that may differ, as JSON pointers: `#/info/version`.
        from_nothing: the files are taken away before the run; false for a generator that reads what it writes.
        needs: what git ignores and the generator needs; `.venv`, `venv` and `node_modules` when left out.
        env: variables to set for it.
        shell: let `/bin/sh` read `run`.

    """
    committed = {path: repo.read(path) for path in repo.select(spec) if repo.is_file(path)}
    if missing := [pattern for pattern in spec if not repo.select([pattern])] or (
        [] if spec else [RepoPath("none is named")]
    ):
        raise Vacuous(f"spec: no such file: {', '.join(missing)}")
    with copy_of(repo) as root:
        _link(repo, root, needs)
        before = {} if from_nothing else stamps(root, spec)
        for path in committed if from_nothing else ():
            (root / path).unlink()
        with _untouched(repo, committed, run):
            made = _made(Generator(run, within, shell, env), root, spec, before, evidence)
    for path, content in made.items():
        evidence.artefacts[f"generated/{path}"] = hashlib.sha256(content).hexdigest()
    skipped = frozenset(map(_pointer, ignore or ()))
    findings = [*_not_alike(committed, made), *_unused(committed, ignore or ())]
    for path in sorted(committed.keys() & made.keys()):
        findings += _compared(path, committed[path], made[path], skipped, bytes, evidence)
    evidence.measured("files compared", len(committed.keys() & made.keys()), at_least=1)
    require_none(findings)


def _link(repo: Repository, root: Path, needs: Sequence[str] | None) -> None:
    """Put a link to what git ignores into the copy.

    Raises:
        CannotJudge: something that the plan names is not there.

    """
    for name in BESIDE if needs is None else needs:
        if not (repo.root / name).exists():
            if needs is not None:
                raise CannotJudge(f"needs: no {name} in the repository")
        elif not (root / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(repo.root / name)


def _made(
    generator: Generator, root: Path, spec: Sequence[str], before: Stamps, evidence: Evidence
) -> dict[str, bytes]:
    """Run the generator and return what it wrote.

    Raises:
        CannotJudge: it failed, or wrote nothing.

    """
    run = generator.run
    outcome = completed(run, cwd=root, seconds=generator.within, shell=generator.shell, env=generator.env)
    evidence.measured("duration", round(outcome.seconds, 1), at_most=float(generator.within), unit="s")
    if outcome.returncode:
        raise CannotJudge(f"`{run}` {ending(outcome)}\n{tail(outcome.output)}".rstrip())
    after = stamps(root, spec)
    made = {path: (root / path).read_bytes() for path in after if before.get(path) != after[path]}
    if not made:
        raise CannotJudge(f"`{run}` wrote none of {', '.join(spec)}\n{tail(outcome.output)}".rstrip())
    return made


@contextmanager
def _untouched(repo: Repository, paths: Iterable[str], run: str) -> Iterator[None]:
    """Put back what a generator wrote into the repository itself, as one does that was installed from there.

    Raises:
        CannotJudge: it wrote there.

    """
    before = {path: content for path in paths if (content := _content(repo.root / path)) is not None}
    try:
        yield
    finally:
        astray = [path for path, content in before.items() if _content(repo.root / path) != content]
        for path in astray:
            (repo.root / path).write_bytes(before[path])
        if astray:
            where = ", ".join(astray)
            raise CannotJudge(f"`{run}` wrote {where} in the repository itself, not where it ran; it was put back")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _not_alike(committed: dict[str, bytes], made: dict[str, bytes]) -> Iterator[Finding]:
    for path in sorted(committed.keys() - made.keys()):
        yield Finding(path, 0, "the generator does not write it", "openapi.fresh-file")
    for path in sorted(made.keys() - committed.keys()):
        yield Finding(path, 0, "the generator writes it, and it is not in the repository", "openapi.fresh-file")


def _compared(
    path: str, committed: bytes, made: bytes, skipped: frozenset[Pointer], to_the_byte: bool, evidence: Evidence
) -> list[Finding]:
    if committed == made:
        return []
    try:
        new, _ = read_document(path, made)
    except Unreadable as error:
        raise CannotJudge(f"what the generator wrote cannot be read: {error}") from error
    try:
        old, _ = read_document(path, committed)
    except Unreadable as error:
        return [error.finding]
    if found := list(differences(old.data, new.data, skipped)):
        evidence.measured(f"differences in {path}", len(found), at_most=0)
        return list(_told(old, found))
    line, words = _first_byte(committed, made)
    if to_the_byte:
        return [Finding(path, line, f"means what the generator writes, in other bytes; {words}", "openapi.fresh-bytes")]
    evidence.remark(f"{path}:{line}: means what the generator writes, in other bytes; {words}")
    return []


def _told(document: Document, found: Sequence[Difference]) -> Iterator[Finding]:
    first = found[:TOLD]
    lines = document.lines({difference.pointer for difference in first})
    for pointer, message in first:
        yield Finding(document.path, lines[pointer], f"{written(pointer)}: {message}", "openapi.fresh")
    if len(found) > TOLD:
        yield Finding(document.path, 0, f"and {len(found) - TOLD} more differences", "openapi.fresh")


def _first_byte(committed: bytes, made: bytes) -> tuple[int, str]:
    """Return the first line that differs, and how."""
    if committed.replace(b"\r\n", b"\n") == made.replace(b"\r\n", b"\n"):
        return 1, "its line ends differ"
    if committed.rstrip() == made.rstrip():
        return committed.count(b"\n"), "it ends with other white space"
    pairs = zip(committed.splitlines(), made.splitlines(), strict=False)
    line = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), committed.count(b"\n"))
    return line, "the first line that differs is this one"


def _pointer(text: str) -> Pointer:
    if not text.startswith(("#/", "/")):
        raise CannotJudge(f"ignore: {text!r} is no JSON pointer; meant: #/info/version")
    return read_fragment(text.removeprefix("#"))


def _unused(committed: dict[str, bytes], ignore: Sequence[str]) -> Iterator[Finding]:
    """Yield the places of `ignore` that no file has: a rule that has lost its object hides nothing but mistakes."""
    data = [one for path, content in committed.items() if (one := _data(path, content)) is not None]
    for text in ignore:
        if not any(is_there(one, _pointer(text)) for one in data):
            yield Finding("", 0, f"ignore: {text} is in none of the files", "openapi.fresh-ignore")


def _data(path: str, content: bytes) -> object:
    try:
        return read_document(path, content)[0].data
    except Unreadable:
        return None


# Violations


@violation(test_spec_is_fresh)
def _edited_by_hand(repo: Repository, spec: list[str]) -> Changes:
    """The title in the committed file is another one."""
    return _edited(repo, spec, lambda data: data.setdefault("info", {}).update(title="planted"))


@violation(test_spec_is_fresh)
def _operation_lost(repo: Repository, spec: list[str]) -> Changes:
    """The committed file lacks a path that the generator writes."""

    def plant(data: dict[str, Any]) -> None:
        paths = data.get("paths")
        if not isinstance(paths, dict) or not paths:
            raise CannotPlant("the description has no path")
        del paths[max(paths)]

    return _edited(repo, spec, plant)


@violation(test_spec_is_fresh)
def _other_bytes(repo: Repository, spec: list[str], bytes: bool = False) -> Changes:  # noqa: A002
    """The committed file says the same and ends with one line feed more."""
    if not bytes:
        raise CannotPlant("the plan lets bytes differ")
    path = _first(repo, spec)
    return {path: repo.read(path) + b"\n"}


def _edited(repo: Repository, spec: Sequence[str], plant: Callable[[dict[str, Any]], None]) -> Changes:
    path = _first(repo, spec)
    data = read_document(path, repo.read(path))[0].data
    plant(data)
    return {path: json.dumps(data, ensure_ascii=False, indent=2).encode()}


def _first(repo: Repository, spec: Sequence[str]) -> str:
    """Return the first description; it is written back as JSON, which is YAML too."""
    readable = (path for path in repo.select(spec) if isinstance(_data(path, repo.read(path)), dict))
    found = next(islice(readable, 1), None)
    if found is None:
        raise CannotPlant("no description that can be read")
    return found
