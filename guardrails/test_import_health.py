"""Imports: that each file compiles, finds what it imports, and can be loaded without a circle or a side effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from pytest_coordguard.domain.evidence import Evidence, Sweep
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.allowed import Exceptions
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.import_health.floor import Floor, floor_of
from pytest_coordguard.facts.import_health.health import Fault, Health, Scope
from pytest_coordguard.facts.import_health.newly import Newly, PartHealth, as_before, matters
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.import_health.syntax import RUNNING
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.ruff import version
from pytest_coordguard.facts.sweeps import Earlier, earlier, trend

RULE = "imports.healthy"
LISTED = 100  # faults of one kind that are listed; the others are counted
NAMED = 10  # places in a remark
TRIED = 20  # modules whose absence is tried before a fault is planted
KINDS = {
    "syntax": "syntax errors",
    "unresolved": "unresolved imports",
    "cycle": "cycles",
    "optional": "optional imports that lead nowhere",
    "type-checking": "imports for type checkers that lead nowhere",
    "work": "works at import time",
}  # in this order they are measured


@guardrail(
    RULE,
    remedy="Mend the file, or the import, at each line named; break a circle by moving what both need into a third "
    "module. An exception goes into `allow` as `path:name`, with its reason.",
)
def test_imports_are_healthy(
    repo: Repository,
    evidence: Evidence,
    plan: Plan,
    change: Change,
    paths: list[RepoPath] | None = None,
    exclude: list[RepoPath] | None = None,
    python: str | None = None,
    syntax_errors: int = 0,
    unresolved: int = 0,
    cycles: int = 0,
    optional: int | None = None,
    type_checking: int | None = None,
    work: int | None = None,
    first_party: list[str] | None = None,
    new_only: bool = False,
    allow: dict[str, str] | None = None,
) -> None:
    """Each Python file compiles for the project's lowest Python, finds its imports of the repository, closes no circle.

    Args:
        paths: the folders, files or globs whose files are judged; all when left out.
        exclude: what is left out of them.
        python: the lowest version, as "3.9"; that of pyproject.toml, setup.cfg or setup.py when left out.
        syntax_errors: how many files may not compile.
        unresolved: how many names may be imported from this repository's own modules and not be there.
        cycles: how many circles of modules there may be that import each other at module level.
        optional: how many may be missing where the failure is caught; any number when left out.
        type_checking: how many may be missing under TYPE_CHECKING; any number when left out.
        work: how many calls at import time may touch files, processes, the network or process-wide state; any number
            when left out.
        first_party: packages that must be found here, though no folder of that name is left.
        new_only: judge what the change newly breaks, in files that it does not touch as well.
        allow: `path:name` -> the reason. The name is what is imported, `syntax`, `cycle`, or a kind of work.

    """
    scope = Scope(tuple(paths or ["."]), tuple(exclude or ()))
    floor = floor_of(repo, python, RUNNING)
    bounds = {
        "syntax": syntax_errors, "unresolved": unresolved, "cycle": cycles,
        "optional": optional, "type-checking": type_checking, "work": work,
    }  # fmt: skip
    source = _newly(repo, floor, scope, first_party or (), change, evidence) if new_only else None
    health = source.now if source else Health(Survey(repo, floor), scope, first_party or ())
    _require_files(health, scope)
    exceptions = Exceptions(allow or {}, RULE, "fault")
    faults = {kind: [each for each in (source or health).of(kind) if not _allowed(each, exceptions)] for kind in KINDS}
    _say(evidence, health, faults, bounds)
    if not new_only:
        words = f"{RULE} of {scope.words}, Python {health.survey.floor.version}"
        _compare(evidence, health, words, faults, earlier(repo, plan.reports.audits, words))
    require_none([*_beyond(faults, bounds, new_only=new_only), *([] if new_only else exceptions.faults())])
    _require_all_read(health)


def _require_files(health: Health, scope: Scope) -> None:
    known = health.scoped if isinstance(health, PartHealth) else health.files
    if not known and not health.survey.read.unread:
        raise Vacuous(f"there is no Python file in {scope.words}")


def _require_all_read(health: Health) -> None:
    if unread := health.survey.read.unread:
        raise CannotJudge("files that cannot be read: " + "; ".join(sorted(unread.values())))


def _newly(
    repo: Repository, floor: Floor, scope: Scope, first_party: Sequence[str], change: Change, evidence: Evidence
) -> Newly:
    """Return what the change brought in.

    Raises:
        Vacuous: there is no change.

    """
    changed = change.files(repo)
    if not changed:
        raise Vacuous(f"nothing has changed since {change.since}")
    news = [each for each in changed if matters(each)]
    found = Newly(repo, as_before(repo, change, news), floor, scope, news, first_party)
    evidence.remark(
        f"judged is what changed since {change.since}: {len(changed)} files; of {len(found.now.scoped)} Python files "
        f"those that it touches, or that mention what it took away"
    )
    return found


def _allowed(fault: Fault, exceptions: Exceptions) -> bool:
    return exceptions.cover(fault.path, fault.target)


def _beyond(faults: dict[str, list[Fault]], bounds: dict[str, int | None], *, new_only: bool) -> Iterator[Finding]:
    """Give the faults of each kind of which there are more than the plan lets be."""
    for kind, found in faults.items():
        bound = bounds[kind]
        if bound is None or len(found) <= bound:
            continue
        yield from (Finding(each.path, each.line, each.message, f"{RULE}.{kind}") for each in found[:LISTED])
        if len(found) > LISTED:
            yield Finding("", 0, f"{len(found) - LISTED} more {KINDS[kind]}", f"{RULE}.{kind}")
        if bound:
            new = "new " if new_only else ""
            yield Finding("", 0, f"{len(found)} {new}{KINDS[kind]}, at most {bound} wanted", f"{RULE}.{kind}")


def _say(evidence: Evidence, health: Health, faults: dict[str, list[Fault]], bounds: dict[str, int | None]) -> None:
    evidence.measured("Python files", len(health.files))
    for kind, found in faults.items():
        evidence.measured(KINDS[kind], len(found), at_most=bounds[kind])
        if found and kind in ("optional", "type-checking") and bounds[kind] is None:
            _remark(evidence, KINDS[kind], [f"{each.path}:{each.line}: {each.target}" for each in found])
    floor = health.survey.floor
    evidence.tool("ruff", version())
    evidence.tool("python", f"3.{RUNNING}")
    evidence.remark(
        f"compiled for Python {floor.version}, by {floor.source}"
        if floor.source
        else f"no file says which Python is the lowest: compiled for {floor.version}, which runs this"
    )
    read = health.survey.read
    _remark(evidence, "links that lead nowhere", read.dangling)
    young = [path for path in health.survey.accepted if path in set(health.files)]
    _remark(evidence, f"too young for Python 3.{RUNNING}, which runs this; imports read as far as it goes", young)


def _remark(evidence: Evidence, what: str, places: Sequence[str]) -> None:
    if places:
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        evidence.remark(f"{what}: {'; '.join(places[:NAMED])}{more}")


def _compare(
    evidence: Evidence, health: Health, scope: str, faults: Mapping[str, Sequence[Fault]], sweeps: Sequence[Earlier]
) -> None:
    """Leave the figures for the next run, and say what they were in the last one."""
    figures = {KINDS[kind]: len(found) for kind, found in faults.items()}
    evidence.sweep = Sweep(scope, health.content, {"Python files": len(health.files), **figures}, dict(evidence.tools))
    then = [(name, found) for name in figures if (found := trend(name, evidence.sweep, sweeps, None))]
    moved = [f"{name} {found.value:g} -> {figures[name]}" for name, found in then if found.value != figures[name]]
    if then:
        told = ", ".join(moved) or "each figure is the same"
        evidence.remark(f"since the sweep of {then[0][1].of.when}: {told}")


# Violations. Each is planted once more often than the plan lets be.


def _folder(repo: Repository, paths: Sequence[str] | None, exclude: Sequence[str] | None) -> str:
    """Return a folder of the scope, with a trailing "/", in which a new file would be judged."""
    chosen = repo.select(paths or ["."])
    for prefix in dict.fromkeys(path[: path.rfind("/") + 1] for path in chosen if path.endswith(".py")):
        planted = repo.with_changes({f"{prefix}planted_file.py": b""})
        inside = set(planted.select(paths or ["."])) - set(planted.select(exclude) if exclude else ())
        if f"{prefix}planted_file.py" in inside:
            return prefix
    raise CannotPlant("no folder of the scope takes a new file")


def _copies(folder: str, content: bytes, bound: int, name: str = "planted_file") -> Changes:
    return {f"{folder}{name}_{number}.py": content for number in range(bound + 1)}


@violation(test_imports_are_healthy)
def _broken_file(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, syntax_errors: int = 0
) -> Changes:
    return _copies(_folder(repo, paths, exclude), b"def planted(:\n", syntax_errors)


@violation(test_imports_are_healthy)
def _null_byte(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, syntax_errors: int = 0
) -> Changes:
    return _copies(_folder(repo, paths, exclude), b"planted = 1\n\0\n", syntax_errors)


@violation(test_imports_are_healthy)
def _other_encoding(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, syntax_errors: int = 0
) -> Changes:
    return _copies(_folder(repo, paths, exclude), "# caf\xe9\n".encode("latin-1"), syntax_errors)


@violation(test_imports_are_healthy)
def _merge_conflict(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, syntax_errors: int = 0
) -> Changes:
    text = b"<<<<<<< HEAD\nplanted = 1\n=======\nplanted = 2\n>>>>>>> other\n"
    return _copies(_folder(repo, paths, exclude), text, syntax_errors)


@violation(test_imports_are_healthy)
def _return_outside_a_function(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, syntax_errors: int = 0
) -> Changes:
    """The parser takes it; only the compiler does not."""
    return _copies(_folder(repo, paths, exclude), b"return 1\n", syntax_errors)


@violation(test_imports_are_healthy)
def _syntax_of_a_younger_python(
    repo: Repository,
    paths: list[str] | None = None,
    exclude: list[str] | None = None,
    python: str | None = None,
    syntax_errors: int = 0,
) -> Changes:
    lowest = floor_of(repo, python, RUNNING).minor
    text = next((text for minor, text in sorted(YOUNGER.items()) if minor > lowest), None)
    if text is None:
        raise CannotPlant(f"no syntax is younger than Python 3.{lowest}")
    return _copies(_folder(repo, paths, exclude), text, syntax_errors)


YOUNGER = {
    8: b"if (planted := 1):\n    pass\n",
    10: b"match 1:\n    case 1:\n        pass\n",
    11: b"try:\n    pass\nexcept* ValueError:\n    pass\n",
    12: b"type Planted = int\n",
    14: b"try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
}  # minor version of Python 3 -> what it was the first to take (docs.python.org/3/whatsnew)


def _lines(text: str, bound: int) -> bytes:
    return "".join(text.format(number=number) for number in range(bound + 1)).encode()


@violation(test_imports_are_healthy)
def _module_that_is_not_there(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, unresolved: int = 0
) -> Changes:
    text = _lines("from .planted_and_gone_{number} import thing\n", unresolved)
    return {f"{_folder(repo, paths, exclude)}planted_file.py": text}


@violation(test_imports_are_healthy)
def _name_that_is_not_there(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, unresolved: int = 0
) -> Changes:
    folder = _folder(repo, paths, exclude)
    text = _lines("from .planted_file import Gone{number}\n", unresolved)
    return {f"{folder}planted_file.py": b"here = 1\n", f"{folder}planted_importer.py": text}


@violation(test_imports_are_healthy)
def _module_taken_away_from_its_importer(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, unresolved: int = 0
) -> Changes:
    """The file that breaks is not touched itself."""
    health = Health(Survey(repo, floor_of(repo, None, RUNNING)), Scope(tuple(paths or ["."]), tuple(exclude or ())))
    if unresolved:
        raise CannotPlant("the plan lets some imports lead nowhere: one more may be within its bound")
    pairs = ((path, target) for path in health.files for target in sorted(health.edges[path]))
    for path, target in islice(pairs, TRIED):
        away = repo.with_changes({target: None})
        if Health(Survey(away, health.survey.floor), Scope((path,))).of("unresolved"):
            return {target: None}
    raise CannotPlant("no file of the scope imports another in a way that would be missed")


@violation(test_imports_are_healthy)
def _circle(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, cycles: int = 0
) -> Changes:
    folder = _folder(repo, paths, exclude)
    planted: dict[str, bytes] = {}
    for number in range(cycles + 1):
        for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
            planted[f"{folder}planted_{one}{number}.py"] = f"from . import planted_{other}{number}\n".encode()
    return planted


@violation(test_imports_are_healthy)
def _work_at_import_time(
    repo: Repository, paths: list[str] | None = None, exclude: list[str] | None = None, work: int | None = None
) -> Changes:
    if work is None:
        raise CannotPlant("the plan sets no bound for work at import time")
    text = "import os\n" + "os.makedirs('planted')\n" * (work + 1)
    return {f"{_folder(repo, paths, exclude)}planted_file.py": text.encode()}
