"""Documents that must say something: a label, a warning, how a fallback works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.mentions import MARKDOWN, is_expression, lines_of, nearest, sightings, visible
from pytest_coordguard.facts.repository import Repository

SEARCHED = 50  # files in which a near miss is looked for
LONGEST = 120  # characters of a line that a message quotes


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text as it is, as its reader sees it, and the part in which a mention counts."""

    path: str
    raw: str
    seen: str
    head: str


@guardrail("docs.mention", remedy="Say it in the file named, in words that its reader sees, not in a comment.")
def test_documents_mention(
    repo: Repository,
    evidence: Evidence,
    files: list[RepoPath],
    says: list[str],
    within_lines: int | None = None,
    each: bool = True,
) -> None:
    """Each document says each phrase, where its reader sees it.

    Letter case, line breaks and emphasis make no difference. In Markdown, comments and struck-through text do not
    count.

    Args:
        files: files, folders or globs.
        says: phrases; one written `/…/` is a regular expression.
        within_lines: only the first so many lines count.
        each: every file must say each phrase; otherwise it is enough that one of them does.

    """
    if not [phrase for phrase in says if phrase.strip()]:
        raise Vacuous("says: no phrase to look for")
    _compiled(says)
    documents = [_document(repo, path, within_lines) for path in _present(repo, files)]
    evidence.measured("files examined", len(documents))
    evidence.measured("phrases", len(says))
    absent = [
        Finding(str(pattern), 0, f"no such file, which should say {says[0]!r}", "docs.no_file")
        for pattern in files
        if not repo.select([pattern])
    ]
    look = _missing_in_each if each else _missing_in_all
    require_none((absent if each else []) + look(documents, says, within_lines))


def _compiled(says: Sequence[str]) -> None:
    for phrase in filter(is_expression, says):
        try:
            re.compile(phrase[1:-1])
        except re.error as error:
            raise CannotJudge(f"says: {phrase!r} is no regular expression ({error})") from error


def _present(repo: Repository, files: Sequence[str]) -> list[str]:
    paths = [path for path in repo.select(files) if repo.is_file(path)]
    if not paths:
        raise Vacuous(f"no file matches {', '.join(files) or 'an empty list'}")
    return paths


def _document(repo: Repository, path: str, within_lines: int | None) -> Document:
    raw = repo.read_text(path)
    seen = visible(path, raw)
    return Document(path, raw, seen, "".join(lines_of(seen)[:within_lines]))


def _missing_in_each(documents: Sequence[Document], says: Sequence[str], within: int | None) -> list[Finding]:
    return [
        Finding(one.path, *_why(one, phrase, within), "docs.not_said")
        for one in documents
        for phrase in says
        if not sightings(one.head, phrase)
    ]


def _missing_in_all(documents: Sequence[Document], says: Sequence[str], within: int | None) -> list[Finding]:
    silent = [phrase for phrase in says if not any(sightings(one.head, phrase) for one in documents)]
    return [
        Finding(
            "", 0, f"none of {len(documents)} files says {phrase!r}{_hint(documents, phrase, within)}", "docs.not_said"
        )
        for phrase in silent
    ]


def _hint(documents: Sequence[Document], phrase: str, within: int | None) -> str:
    whys = ((one.path, *_why(one, phrase, within)) for one in documents[:SEARCHED])
    found = next((f"; {path}:{line}: {why}" for path, line, why in whys if line), "")
    return found[: 2 * LONGEST]


def _why(document: Document, phrase: str, within: int | None) -> tuple[int, str]:
    """Return the line to look at, 0 when there is none, and why the phrase does not count there."""
    if later := sightings(document.seen, phrase):
        return later[0].first, f"{phrase!r} is said here, after the first {within} lines"
    if hidden := sightings(document.raw, phrase):
        return hidden[0].first, f"{phrase!r} is said here only where no reader sees it"
    near = None if is_expression(phrase) else nearest(document.seen, phrase)
    if near:
        return near[0], f"does not say {phrase!r}; nearest is {near[1][:LONGEST]!r}"
    where = f" in the first {within} lines" if within else ""
    return 0, f"does not say {phrase!r}{where}"


@violation(test_documents_mention)
def _label_removed(repo: Repository, files: list[str], says: list[str], each: bool = True) -> Changes:
    """The lines that say the first phrase are gone; from one file, or from all when one of them is enough."""
    paths = _sayers(repo, files, says[0])
    return {path: _without(repo.read_text(path), path, says[0]).encode() for path in (paths[:1] if each else paths)}


@violation(test_documents_mention)
def _label_moved_into_a_comment(repo: Repository, files: list[str], says: list[str], each: bool = True) -> Changes:
    """The lines that say the first phrase stand in an HTML comment, which no reader of the Markdown sees."""
    paths = _sayers(repo, files, says[0])
    chosen = paths[:1] if each else paths
    if not all(path.lower().endswith(MARKDOWN) for path in chosen):
        raise CannotPlant("only Markdown has comments that its reader does not see")
    return {path: f"<!-- {repo.read_text(path).replace('-->', '')} -->\n".encode() for path in chosen}


@violation(test_documents_mention)
def _label_moved_down(
    repo: Repository,
    files: list[str],
    says: list[str],
    within_lines: int | None = None,
    each: bool = True,
) -> Changes:
    """The file begins with so many empty lines that the first phrase comes too late."""
    if within_lines is None:
        raise CannotPlant("the plan does not say where the phrase must stand")
    paths = _sayers(repo, files, says[0])
    return {path: b"\n" * within_lines + repo.read(path) for path in (paths[:1] if each else paths)}


def _sayers(repo: Repository, files: Sequence[str], phrase: str) -> list[str]:
    paths = [path for path in repo.select(files) if repo.is_file(path)]
    found = [path for path in paths if sightings(visible(path, repo.read_text(path)), phrase)]
    if not found:
        raise CannotPlant(f"no file says {phrase!r}, so it cannot be taken away")
    return found


def _without(text: str, path: str, phrase: str) -> str:
    said = {line for one in sightings(visible(path, text), phrase) for line in range(one.first, one.last + 1)}
    return "".join(line for number, line in enumerate(lines_of(text), 1) if number not in said)
