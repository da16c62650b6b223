"""Imports: what must not be reached from where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.allowed import Exceptions
from pytest_coordguard.facts.imports.graph import Chain
from pytest_coordguard.facts.imports.lanes import Found, LaneFacts, Lanes, tidy
from pytest_coordguard.facts.imports.presence import has_folder, importer_of, near
from pytest_coordguard.facts.repository import Repository, under

Level = Literal["ignore", "warn", "fail"]

LISTED = 50  # lines that reach a target through other modules: more of them say nothing new
NAMED = 10  # places in a remark
RULE = "imports.lanes"


@guardrail(
    "imports.lanes",
    remedy="Move what the lane needs out of the forbidden package, or hand it in from outside the lane; "
    "an exception goes into `allow` as `path:package`, with its reason.",
)
def test_imports_lanes(
    repo: Repository,
    evidence: Evidence,
    lane: list[RepoPath],
    forbid: list[str],
    type_checking: Level = "ignore",
    strings: Level = "warn",
    through: Level = "fail",
    allow: dict[str, str] | None = None,
) -> None:
    """No file of the lanes imports a forbidden package, in whatever disguise.

    `lane` names folders, files or globs; `forbid` dotted packages or folders, several names of one thing among them.
    `type_checking` is for imports under `if TYPE_CHECKING`, `strings` for texts that look like a module's path and
    flow into no import that is known, `through` for imports of modules outside the lanes that lead on to a forbidden
    one. `allow` maps `path:package` (a file, folder or glob; a package covers what is below it) to the reason.
    """
    lanes = Lanes(repo, lane, forbid)
    exceptions = Exceptions(allow or {}, RULE)
    facts = lanes.look(through=through != "ignore", type_checking=type_checking == "fail", excused=exceptions.cover)
    _say_how_much(facts, evidence)
    levels: dict[str, Level] = {"type-checking": type_checking, "string": strings}
    sure = [found for found in facts.found if levels.get(found.reference.kind, "fail") == "fail"]
    direct = [crossing(found, lane) for found in sure]
    chains = [reach(chain) for chain in facts.chains]
    for kind, level in levels.items():
        others = [crossing(found, lane) for found in facts.found if found.reference.kind == kind]
        _note(evidence, f"{kind} mentions of what is forbidden", level, others)
    _note(evidence, "lines that reach it through other modules", through, chains)
    evidence.measured("crossings", len(direct), at_most=0)
    require_none([*direct, *(capped(chains) if through == "fail" else []), *exceptions.faults()])
    _require_something(lanes, lane, forbid, facts, evidence)


def crossing(found: Found, lane: Sequence[str]) -> Finding:
    """Return the finding of a direct crossing: what is imported, how, and which lane must stay clean."""
    reference = found.reference
    verb = {"link": "leads to", "string": "names", "path": "loads from"}.get(reference.kind, "imports")
    home = next((folder for folder in lane if under(found.path, [folder])), ", ".join(lane))
    message = f"{verb} {found.target!r} ({reference.kind}: {reference.how}), which {home!r} must not reach"
    return Finding(found.path, reference.line, message, f"{RULE}.{reference.kind}")


def reach(chain: Chain) -> Finding:
    """Return the finding of a line that ends in a forbidden package by way of other modules, step by step."""
    steps = " -> ".join(f"{path}:{line}" for path, line in chain.steps)
    message = f"imports {chain.reference.name!r}, which reaches {chain.target!r} through {steps}"
    return Finding(chain.path, chain.reference.line, message, f"{RULE}.through")


def capped(findings: Sequence[Finding]) -> list[Finding]:
    """Return LISTED findings at most, and one that says how many there are more."""
    more = len(findings) - LISTED
    if more <= 0:
        return list(findings)
    rest = Finding("", 0, f"{more} more lines reach a forbidden package through other modules", f"{RULE}.through")
    return [*findings[:LISTED], rest]


def _say_how_much(facts: LaneFacts, evidence: Evidence) -> None:
    evidence.measured("lane files examined", len(facts.files))
    evidence.measured("modules outside the lanes walked through", facts.outside)
    evidence.measured("lane files that do not compile", len(facts.trouble))
    evidence.measured("imports named only at run time", len(facts.unknown))
    _remark(
        evidence, "examined all the same, though it does not compile", [f"{p}: {t}" for p, t in facts.trouble.items()]
    )
    _remark(evidence, "imports a name known only at run time", [f"{path}:{line}" for path, line in facts.unknown])
    _remark(evidence, "left out, as it lies in a forbidden package", facts.inside)


def _note(evidence: Evidence, what: str, level: Level, findings: Sequence[Finding]) -> None:
    if findings:
        evidence.measured(what, len(findings))
    if level == "warn":
        _remark(evidence, what, [str(finding) for finding in findings])


def _remark(evidence: Evidence, what: str, places: Sequence[str]) -> None:
    if places:
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        evidence.remark(f"{what}: {'; '.join(places[:NAMED])}{more}")


def _require_something(
    lanes: Lanes, lane: Sequence[str], forbid: Sequence[str], facts: LaneFacts, evidence: Evidence
) -> None:
    """Return when there was something to look at, all of it could be read, and something is forbidden.

    Raises:
        Vacuous: a lane has no Python file, or nothing that is forbidden exists.
        CannotJudge: a file of a lane could not be read.

    """
    for entry in lane:
        if not set(lanes.repo.select([entry])) & set(lanes.files):
            raise Vacuous(f"lane {entry!r} holds no Python file to examine{_meant(entry, lanes)}")
    absent = [entry for entry in map(tidy, forbid) if not _exists(entry, lanes, facts)]
    if len(absent) == len(forbid):
        names = ", ".join(f"{entry!r}{_meant(entry, lanes)}" for entry in absent)
        raise Vacuous(f"nothing that is forbidden exists: no folder and no importer of {names or 'an empty list'}")
    for entry in absent:
        evidence.remark(f"forbidden {entry!r} has neither a folder nor an importer here{_meant(entry, lanes)}")
    if facts.unread:
        raise CannotJudge("lane files that cannot be read: " + "; ".join(sorted(facts.unread.values())))


def _exists(entry: str, lanes: Lanes, facts: LaneFacts) -> bool:
    named = any(f.target == entry or f.target.startswith((entry + ".", entry + "/")) for f in facts.found)
    if named or has_folder(lanes.modules, entry):
        return True
    return importer_of(lanes.repo, lanes.modules, entry) is not None


def _meant(entry: str, lanes: Lanes) -> str:
    close = near(entry.strip("/"), lanes.modules.folders)
    return f" (there is {', '.join(map(repr, close))})" if close else ""


def _folder(repo: Repository, lane: Iterable[str]) -> str:
    """Return the first lane that is a folder with Python files in it.

    Raises:
        CannotPlant: there is none.

    """
    for entry in lane:
        folder = entry.rstrip("/*")
        if any(path.startswith(folder + "/") and path.endswith(".py") for path in repo.select([entry])):
            return folder
    raise CannotPlant("no lane is a folder with Python files")


def _target(forbid: Sequence[str]) -> str:
    return tidy(forbid[0]).replace("/", ".")


def _planted(repo: Repository, lane: Sequence[str], text: str, name: str = "planted_crossing.py") -> Changes:
    return {f"{_folder(repo, lane)}/{name}": text.encode()}


@violation(test_imports_lanes)
def _direct(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"import {_target(forbid)}.planted\n")


@violation(test_imports_lanes)
def _from_import(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"import os; from {_target(forbid)} import (\n    planted as harmless,\n)\n")


@violation(test_imports_lanes)
def _in_function(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"def load():\n    from {_target(forbid)} import planted\n    return planted\n")


@violation(test_imports_lanes)
def _under_try(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    text = f"try:\n    import {_target(forbid)} as better\nexcept ImportError:\n    better = None\n"
    return _planted(repo, lane, text)


@violation(test_imports_lanes)
def _under_type_checking(
    repo: Repository, lane: list[RepoPath], forbid: list[str], type_checking: Level = "ignore"
) -> Changes:
    """The branch that a flag of the same name opens at run time is no matter of types, whatever the option says."""
    flag = "from typing import TYPE_CHECKING" if type_checking == "fail" else "TYPE_CHECKING = bool(1)"
    return _planted(repo, lane, f"{flag}\nif TYPE_CHECKING:\n    import {_target(forbid)}.planted\n")


@violation(test_imports_lanes)
def _import_module(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    text = f"from importlib import import_module as get\nplanted = get('{_target(forbid)}.planted')\n"
    return _planted(repo, lane, text)


@violation(test_imports_lanes)
def _dunder_import(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"name = 'planted'\nmodule = __import__(f'{_target(forbid)}.{{name}}')\n")


@violation(test_imports_lanes)
def _loop_over_names(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    text = (
        "import importlib\n\ndef attempt(name):\n    return importlib.import_module(name)\n\n"
        f"PLACES = ('json', '{_target(forbid)}.planted')\nfor place in PLACES:\n    attempt(place)\n"
    )
    return _planted(repo, lane, text)


@violation(test_imports_lanes)
def _concatenated_name(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    name = _target(forbid)
    text = f"import importlib\nHALF = '{name[:2]}'\nimportlib.import_module(HALF + '{name[2:]}' + '.planted')\n"
    return _planted(repo, lane, text)


@violation(test_imports_lanes)
def _relative(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    dots = "." * (_folder(repo, lane).count("/") + 2)
    places = Lanes(repo, lane, forbid).targets.places
    return _planted(repo, lane, f"from {dots}{places[0].replace('/', '.')} import planted\n")


@violation(test_imports_lanes)
def _in_a_file_with_a_syntax_error(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"print 'two'\n<<<<<<< HEAD\nif True:\n    import {_target(forbid)}.planted\n    x =\n")


@violation(test_imports_lanes)
def _outside_any_package(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    return _planted(repo, lane, f"import {_target(forbid)}\n", "planted-folder/no_package/script.py")


@violation(test_imports_lanes)
def _in_latin_1(repo: Repository, lane: list[RepoPath], forbid: list[str]) -> Changes:
    text = f"# caf\xe9, and no word of the encoding\nimport {_target(forbid)}\n"
    return {f"{_folder(repo, lane)}/planted_crossing.py": text.encode("latin-1")}


@violation(test_imports_lanes)
def _via_a_third_module(repo: Repository, lane: list[RepoPath], forbid: list[str], through: Level = "fail") -> Changes:
    if through != "fail":
        raise CannotPlant(f"the plan says `through: {through}`")
    return {
        f"{_folder(repo, lane)}/planted_crossing.py": b"import planted_bridge.inner\n",
        "planted_bridge/__init__.py": b"",
        "planted_bridge/inner.py": b"from . import last\n",
        "planted_bridge/last.py": f"def late():\n    import {_target(forbid)}.planted\n".encode(),
    }
