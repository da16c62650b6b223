"""What code must not do, whatever it is for: swallow its own faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.imports.source import parse, text_of
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.silence import Silence, Silences, silences

RULE = "code.no_silent_except"
SUFFIXES = (".py", ".pyw")


@guardrail(
    RULE,
    remedy="Catch the one exception that is meant, or log it with its context and go on; "
    "what must be swallowed goes into `allow` as `path:function`, with its reason.",
)
def test_no_exception_is_swallowed(
    repo: Repository,
    evidence: Evidence,
    paths: list[RepoPath],
    exclude: list[RepoPath] | None = None,
    narrow: Literal["ignore", "comment", "fail"] = "ignore",
    allow: dict[str, str] | None = None,
) -> None:
    """No handler catches everything and tells nobody: it raises, logs with context, or answers with an error.

    Broad is a bare `except`, `Exception`, `BaseException`, a tuple with one of them, and `contextlib.suppress` of them.
    Such a handler is silent unless it raises, reads the exception that it bound, logs or prints more than a constant
    text, calls what by its name tells, records or ends (`record_failure`, `sys.exit`), or returns or assigns what by
    its words is an error (`return error_response(503)`, `failed = True`). `__del__` may swallow what it likes.

    Args:
        paths: files, folders or globs.
        exclude: what of them is left out.
        narrow: handlers of one kind of exception that do nothing at all: `comment` asks for a comment in them that
            gives the reason, `fail` for something to be done.
        allow: `path` or `path:function`, with `*`, of a handler that may be silent -> the reason.

    """
    left_out = set(repo.select(exclude or []))
    chosen = [path for path in repo.select(paths) if path.endswith(SUFFIXES) and path not in left_out]
    chosen = [path for path in chosen if repo.is_file(path)]
    if not chosen:
        raise Vacuous(f"no Python file in {', '.join(paths) or 'an empty list'}")
    findings: list[Finding] = []
    handlers = broad = 0
    used: set[str] = set()
    for path in chosen:
        trouble, seen = repo.recall(path, RULE, partial(_silences, path))
        if trouble:
            findings.append(Finding(path, 0, f"not readable as Python: {trouble}", "code.unreadable"))
        handlers, broad = handlers + seen.handlers, broad + seen.broad
        silent = [one for one in seen.found if _counts(one, narrow)]
        findings += _not_allowed(path, silent, allow or {}, used)
    evidence.measured("files examined", len(chosen), at_least=1)
    evidence.measured("handlers", handlers)
    evidence.measured("broad handlers", broad)
    evidence.measured("silent", sum(one.rule == RULE for one in findings), at_most=0)
    unused = [
        Finding("", 0, f"allow: {key!r} excuses nothing", f"{RULE}-allow") for key in allow or {} if key not in used
    ]
    require_none([*findings, *unused])


def _silences(path: str, data: bytes) -> tuple[str, Silences]:
    source = parse(data, path)
    return source.trouble, silences(source.tree, text_of(data))


def _counts(one: Silence, narrow: str) -> bool:
    return one.broad or narrow == "fail" or (narrow == "comment" and not one.reason)


def _not_allowed(path: str, found: Sequence[Silence], allow: Mapping[str, str], used: set[str]) -> Iterator[Finding]:
    for one in found:
        keys = [key for key in allow if any(fnmatchcase(name, key) for name in (path, f"{path}:{one.function}"))]
        used.update(keys)
        if not keys:
            where = f" (in {one.function})" if one.function else ""
            yield Finding(path, one.line, f"{one.what}{where}", RULE)


# Violations


@violation(test_no_exception_is_swallowed)
def _except_pass(repo: Repository, paths: list[str], exclude: list[str] | None = None) -> Changes:
    """A function ends in `except: pass`."""
    return _planted(repo, paths, exclude, "try:", "    work()\n    except:\n        pass\n")


@violation(test_no_exception_is_swallowed)
def _default_returned(repo: Repository, paths: list[str], exclude: list[str] | None = None) -> Changes:
    """A function answers an upstream's fault with an empty list."""
    return _planted(
        repo, paths, exclude, "try:", "    return work()\n    except Exception as error:\n        return []\n"
    )


@violation(test_no_exception_is_swallowed)
def _logged_without_context(repo: Repository, paths: list[str], exclude: list[str] | None = None) -> Changes:
    """A function logs that something failed, and not what."""
    body = '    work()\n    except Exception:\n        log.warning("upstream failed")\n'
    return _planted(repo, paths, exclude, "try:", body)


@violation(test_no_exception_is_swallowed)
def _suppressed(repo: Repository, paths: list[str], exclude: list[str] | None = None) -> Changes:
    """A function suppresses every exception."""
    head = "import contextlib as coordguard_planted\n\n    with coordguard_planted.suppress(Exception):"
    return _planted(repo, paths, exclude, head, "    work()\n")


def _planted(repo: Repository, paths: Sequence[str], exclude: Sequence[str] | None, head: str, body: str) -> Changes:
    left_out = set(repo.select(exclude or []))
    for path in repo.select(paths):
        if path.endswith(SUFFIXES) and path not in left_out and not parse(repo.read(path), path).trouble:
            planted = f"\n\ndef coordguard_planted_here(work, log):\n    {head}\n    {body}"
            return {path: repo.read(path).rstrip() + planted.encode()}
    raise CannotPlant("no file that Python can read")
