"""Code in documents is code: a reader who copies a snippet gets what compiles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import rewrite_status
from pytest_coordguard.facts.command import tail
from pytest_coordguard.facts.mentions import is_expression, lines_of, sightings
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.service import Service
from pytest_coordguard.facts.service.snippet_run import ran
from pytest_coordguard.facts.snippets import ALIASES, HIDDEN, NO_CODE, Snippet, parser_of, snippets

BROKEN = {"python": "def broken(:\n", "json": '{"broken": }\n', "yaml": "broken: [\n", "toml": "broken = \n",
          "bash": "if broken; then\n", "javascript": "const = broken;\n"}  # fmt: skip


@guardrail("docs.snippets", remedy="Correct the snippet, or mark its fence `skip` where it is no code as it stands.")
def test_snippets_compile(
    repo: Repository,
    evidence: Evidence,
    service: Service,
    files: list[RepoPath],
    languages: list[str] | None = None,
    must_say: dict[str, list[str]] | None = None,
    unparsed: bool = False,
    allow: dict[str, str] | None = None,
    runs_against: str = "",
    token: str = "",
    backs_off: bool = False,
) -> None:
    """Each fenced snippet is taken by a parser of its language, and says what the plan asks for.

    Python is compiled (sessions with `>>>` too, and a part of a function as one), JSON, YAML and TOML are parsed, shell
    commands read by `bash -n`, `curl` lines looked through for a URL, JavaScript read by `node --check`, TypeScript by
    `tsc` where it is installed. Nothing is run but Python, where the plan says against which service. A fence with
    `skip` behind its language is left out.

    Args:
        files: Markdown files, folders or globs.
        languages: the languages that are judged; all that can be when left out. Each must have a snippet.
        must_say: language, or `*` -> phrases that each of its snippets says, as `Retry-After`; one written `/…/` is a
            regular expression.
        unparsed: a snippet in a language that nothing here can read is a fault; else it is counted.
        allow: `path`, with `*`, or `path:first words of the code` -> the reason.
        runs_against: the URL that Python snippets name, as http://127.0.0.1:8000: each is run, in a process of its own,
            with the plan's `service` in its place; it has to ask it, and to end with status 0.
        token: the variable from which snippets take their token.
        backs_off: whether each has to come again after a 429 with `Retry-After`, and not before that time.

    """
    chosen = [path for path in repo.select(files) if repo.is_file(path)]
    if missing := [pattern for pattern in files if not repo.select([pattern])]:
        raise Vacuous(f"files: no such file: {', '.join(missing)}")
    wanted = None if languages is None else {ALIASES.get(name.lower(), name.lower()) for name in languages}
    found = [one for path in chosen for one in snippets(path, repo.read_text(path))]
    judged = [one for one in found if _counts(one, wanted)]
    if not judged:
        raise Vacuous(f"no snippet of code in {', '.join(chosen[:5]) or 'an empty list of files'}")
    used: set[str] = set()
    kept = [one for one in judged if not _allowed(one, allow or {}, used)]
    _count(found, judged, evidence)
    findings = [*_absent(judged, wanted), *_mute(kept, must_say or {})]
    findings += _misread(kept, evidence, unparsed)
    findings += [
        Finding("", 0, f"allow: {key!r} excuses nothing", "docs.snippet-allow")
        for key in allow or {}
        if key not in used
    ]
    require_none(findings)
    if runs_against:
        run = [one for one in kept if one.language == "python" and ">>> " not in one.code]
        require_none(_failed(service, run, evidence, runs_against, token, backs_off))


def _counts(one: Snippet, wanted: set[str] | None) -> bool:
    if HIDDEN.search(one.info.partition(" ")[2] or one.info.partition(",")[2]):
        return False
    return one.language not in NO_CODE if wanted is None else one.language in wanted


def _allowed(one: Snippet, allow: Mapping[str, str], used: set[str]) -> bool:
    keys = [key for key in allow if _names(key, one)]
    used.update(keys)
    return bool(keys)


def _names(key: str, one: Snippet) -> bool:
    path, _, words = key.partition(":")
    return fnmatchcase(one.path, path) and " ".join(one.code.split()).startswith(" ".join(words.split()))


def _count(found: Sequence[Snippet], judged: Sequence[Snippet], evidence: Evidence) -> None:
    evidence.measured("snippets", len(judged), at_least=1)
    for language, count in sorted(Counter(one.language for one in judged).items()):
        evidence.measured(f"snippets of {language}", count)
    if left := len(found) - len(judged):
        evidence.remark(f"{left} fenced blocks are no code, of another language, or marked `skip`")


def _absent(judged: Sequence[Snippet], wanted: set[str] | None) -> Iterator[Finding]:
    for language in sorted((wanted or set()) - {one.language for one in judged}):
        yield Finding("", 0, f"languages: no snippet of {language}", "docs.snippet-absent")


def _misread(kept: Sequence[Snippet], evidence: Evidence, unparsed: bool) -> Iterator[Finding]:
    unread: Counter[str] = Counter()
    for one in kept:
        parser = parser_of(one.language)
        if parser is None:
            unread[one.language] += 1
            if unparsed:
                words = f"nothing here can read {one.language}, so this snippet is not known to compile"
                yield Finding(one.path, one.line, words, "docs.snippet-unread")
        elif trouble := parser(one.code):
            line = one.line + max(trouble.line, 1) - 1
            yield Finding(one.path, line, f"no {one.language}: {trouble.message}", "docs.snippet")
    for language, count in sorted(unread.items()):
        evidence.remark(f"{count} snippets of {language} were not read: nothing here can read it")
    read = len(kept) - unread.total()
    evidence.measured("snippets read by a parser", read)
    if not read and not unparsed:
        raise Vacuous(f"nothing here can read {', '.join(sorted(unread))}")


def _failed(
    service: Service, run: Sequence[Snippet], evidence: Evidence, base: str, token: str, backs_off: bool
) -> Iterator[Finding]:
    if not run:
        raise Vacuous("runs_against: no snippet of python to run")
    for one in run:
        found = ran(service, one.code, base=base, token=token, refuse=backs_off)
        evidence.remark(
            f"{one.path}:{one.line}: exit status {found.outcome.returncode}, {len(found.visits.at)} requests"
        )
        if found.outcome.timed_out:
            yield Finding(one.path, one.line, "this snippet does not end", "docs.snippet-run")
        elif found.outcome.returncode:
            evidence.remark(tail(found.outcome.output, 3))
            how = f"fails with status {found.outcome.returncode}"
            yield Finding(
                one.path, one.line, f"this snippet {how} when it is run against the service", "docs.snippet-run"
            )
        elif not found.visits.at:
            words = f"this snippet asks nothing of the service; meant: {base} in it"
            yield Finding(one.path, one.line, words, "docs.snippet-run")
        elif backs_off and not found.visits.waited:
            words = "this snippet does not come again after a 429, or before Retry-After is over"
            yield Finding(one.path, one.line, words, "docs.snippet-run")
    evidence.measured("snippets run against the service", len(run), at_least=1)


def _mute(kept: Sequence[Snippet], must_say: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    _compiled([phrase for phrases in must_say.values() for phrase in phrases])
    for name, phrases in must_say.items():
        language = ALIASES.get(name.lower(), name.lower())
        of_it = [one for one in kept if language in ("*", one.language)]
        if not of_it:
            yield Finding("", 0, f"must_say: no snippet of {name}", "docs.snippet-absent")
        for one in of_it:
            for phrase in phrases:
                if not sightings(one.code, phrase):
                    yield Finding(
                        one.path, one.line, f"this {one.language} snippet does not say {phrase!r}", "docs.snippet-mute"
                    )


def _compiled(phrases: Sequence[str]) -> None:
    for phrase in filter(is_expression, phrases):
        try:
            re.compile(phrase[1:-1])
        except re.error as error:
            raise CannotJudge(f"must_say: {phrase!r} is no regular expression ({error})") from error


# Violations


@violation(test_snippets_compile)
def _snippet_that_does_not_compile(
    repo: Repository, files: list[str], languages: list[str] | None = None, allow: Mapping[str, str] | None = None
) -> Changes:
    """One snippet is cut off in the middle of a statement."""

    def broken(one: Snippet) -> str | None:
        return BROKEN.get(one.language) if parser_of(one.language) else None

    return _changed(repo, files, languages, allow, broken)


@violation(test_snippets_compile)
def _snippet_that_does_not_say_it(
    repo: Repository, files: list[str], languages: list[str] | None = None,
    must_say: Mapping[str, Sequence[str]] | None = None, allow: Mapping[str, str] | None = None,
) -> Changes:  # fmt: skip
    """One snippet lacks what each of its language must say."""
    asked = {ALIASES.get(name.lower(), name.lower()) for name, phrases in (must_say or {}).items() if phrases}
    if not asked:
        raise CannotPlant("the plan does not ask snippets to say anything")
    return _changed(repo, files, languages, allow, lambda one: "\n" if asked & {one.language, "*"} else None)


@violation(test_snippets_compile)
def _service_that_fails_the_snippet(runs_against: str = "") -> Fault:
    """The service answers each request with 500."""
    if not runs_against:
        raise CannotPlant("the plan does not have snippets run")
    return rewrite_status(500)


def _changed(
    repo: Repository, files: Sequence[str], languages: Sequence[str] | None, allow: Mapping[str, str] | None,
    make: Callable[[Snippet], str | None],
) -> Changes:  # fmt: skip
    """Write other code into the first snippet for which there is some."""
    wanted = None if languages is None else {ALIASES.get(name.lower(), name.lower()) for name in languages}
    for path in repo.select(files):
        text = repo.read_text(path)
        lines = lines_of(text)
        for one in snippets(path, text):
            code = make(one)
            last = one.line - 1 + len(lines_of(one.code))
            if code is None or not _counts(one, wanted) or _allowed(one, allow or {}, set()):
                continue
            if "".join(lines[one.line - 1 : last]) == one.code:
                return {path: "".join([*lines[: one.line - 1], code, *lines[last:]]).encode()}
    raise CannotPlant("no snippet stands by itself in a language that can be spoiled")
