"""The state of a whole repository in figures: each within its bound, and none going the wrong way."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from pytest_coordguard.domain.evidence import Evidence, Sweep
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile, RepoPath
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts import lint_counts, ruff, sweep
from pytest_coordguard.facts.import_health.floor import Floor, floor_of
from pytest_coordguard.facts.import_health.health import Scope
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.import_health.syntax import RUNNING
from pytest_coordguard.facts.repository import Repository, under
from pytest_coordguard.facts.sweep import Counts, Figure
from pytest_coordguard.facts.sweeps import FILE, Earlier, Trend, earlier, trend, value_of
from pytest_coordguard.facts.sweeps import RULES as RULES_ASKED

RULE = "sweep.healthy"
RULES = ("E4", "E7", "E9", "F", "I001", "W")  # ruff's own default, with the order of imports and white space
NAMED = 5  # files that a message names


@guardrail(
    RULE,
    remedy="Mend what the figure counts, in the files named first; `coordguard check` counts it again.",
)
def test_sweep_is_healthy(
    repo: Repository,
    evidence: Evidence,
    plan: Plan,
    at_most: dict[str, float] | None = None,
    at_least: dict[str, float] | None = None,
    must_not_rise: list[str] | None = None,
    must_fall: list[str] | None = None,
    must_not_fall: list[str] | None = None,
    paths: list[RepoPath] | None = None,
    exclude: list[RepoPath] | None = None,
    python: str | None = None,
    rules: list[str] | None = None,
    lanes: dict[str, list[str]] | None = None,
    coverage: list[RepoPath] | None = None,
    aliases: list[str] | None = None,
    alias_report: RepoFile | None = None,
    alias_at: str | None = None,
) -> None:
    """Each figure of the repository is within its bound, and since the last sweep none went the wrong way.

    A figure is `files`, `python_files`, `syntax_errors`, `unresolved_imports`, `optional_imports`, `cycles`,
    `works_at_import_time`, `lane_violations`, `coverage`, `alias_hits`, `suppressed` (lines with `noqa`), or a rule of
    ruff, as F821; E4 stands for all rules that begin so. All of them go into `state_sweep.json`.

    Args:
        at_most: figure -> its upper bound.
        at_least: figure -> its lower bound.
        must_not_rise: figures that may not be above those of the last sweep.
        must_fall: figures that must be below those of the last sweep, or 0.
        must_not_fall: figures that may not be below those of the last sweep.
        paths: the folders, files or globs that are swept; all when left out.
        exclude: what is left out of them.
        python: the lowest Python, as "3.9"; that of the project when left out.
        rules: ruff's rules that are counted, beside those with a bound: E4, E7, E9, F, I001 and W when left out.
        lanes: lane -> what must not be imported there, beside the lanes of the plan's `imports.lanes`.
        coverage: the coverage reports; those with usual names when left out.
        aliases: dotted names that are to go, as `old_name` or `pkg.old*`, counted in Python files.
        alias_report: a JSON, YAML or TOML report that counts them instead.
        alias_at: the place of the number in it, as `summary.total`.

    """
    bounds = _Bounds(at_most or {}, at_least or {}, must_not_rise or [], must_fall or [], must_not_fall or [])
    bounds.require_known()
    counts = _counts(repo, python, _rules(rules, bounds), aliases, paths, exclude)
    figures = {"files": Figure(len(_swept_files(repo, plan, counts.scope)))} | counts.python()
    figures |= _of_lanes(repo, plan, lanes) | _of_coverage(repo, coverage, evidence)
    if alias_report is not None:
        figures[sweep.ALIASES] = sweep.alias_report(repo, alias_report, alias_at or "")
    figures |= {name: counts.rule(name) for name in bounds.names if name not in sweep.NAMES}
    now = _leave(evidence, counts, figures)
    then = earlier(repo, plan.reports.audits, now.scope) if bounds.trends else []
    _say(evidence, figures, bounds)
    trends = _Trends(now, then)
    require_none([*_out_of_bounds(figures, bounds), *_wrong_way(figures, bounds, trends, evidence)])
    _require_judged(counts, figures, bounds, trends)


class _Bounds:
    """What the plan wants of which figure."""

    def __init__(
        self,
        at_most: Mapping[str, float],
        at_least: Mapping[str, float],
        not_rise: Sequence[str],
        fall: Sequence[str],
        not_fall: Sequence[str],
    ) -> None:
        self.at_most, self.at_least = at_most, at_least
        self.not_rise, self.fall, self.not_fall = not_rise, fall, not_fall
        self.trends = tuple(dict.fromkeys([*not_rise, *fall, *not_fall]))
        self.names = tuple(dict.fromkeys([*at_most, *at_least, *self.trends]))

    def require_known(self) -> None:
        """Return when each name is that of a figure.

        Raises:
            CannotJudge: one is not, or there is none: nothing could ever be wrong.

        """
        if not self.names:
            raise CannotJudge("at_most, at_least, must_not_rise, must_fall, must_not_fall: one of them is needed")
        for name in self.names:
            if name not in sweep.NAMES and not lint_counts.RULE.fullmatch(name):
                close = difflib.get_close_matches(name, sweep.NAMES, 2, 0.4) or list(sweep.NAMES)
                raise CannotJudge(f"{name!r} is no figure; meant: {', '.join(close)}, or a rule of ruff, as F821")


def _rules(given: Sequence[str] | None, bounds: _Bounds) -> tuple[str, ...]:
    named = [name for name in bounds.names if name not in sweep.NAMES]
    return tuple(sorted({*(given or RULES), *named}))


def _counts(
    repo: Repository,
    python: str | None,
    rules: tuple[str, ...],
    aliases: Sequence[str] | None,
    paths: Sequence[str] | None,
    exclude: Sequence[str] | None,
) -> Counts:
    patterns = {sweep.NOQA: sweep.SUPPRESSED}
    if aliases:
        patterns[sweep.ALIASES] = sweep.alias_pattern(aliases)
    survey = Survey(repo, floor_of(repo, python, RUNNING), rules, patterns)
    return Counts(survey, _scope(paths, exclude))


def _scope(paths: Sequence[str] | None, exclude: Sequence[str] | None) -> Scope:
    return Scope(tuple(paths or ["."]), tuple(exclude or ()))


def _swept_files(repo: Repository, plan: Plan, scope: Scope) -> set[str]:
    """Return the files of the scope without the reports of earlier runs, which would be counted as growth."""
    reports = [plan.reports.audits, plan.reports.status, plan.reports.checklist, plan.reports.dashboard]
    return {
        path for path in set(repo.select(scope.paths)) - set(repo.select(scope.exclude)) if not under(path, reports)
    }


def _of_lanes(repo: Repository, plan: Plan, lanes: Mapping[str, Sequence[str]] | None) -> dict[str, Figure]:
    named = [each.parameters for each in plan.criteria if each.check == "imports.lanes"]
    given = [{"lane": _listed(each["lane"]), "forbid": _listed(each["forbid"])} for each in named]
    given += [{"lane": [lane], "forbid": list(forbid)} for lane, forbid in (lanes or {}).items()]
    return {"lane_violations": sweep.crossings(repo, given)} if given else {}


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _of_coverage(repo: Repository, reports: Sequence[str] | None, evidence: Evidence) -> dict[str, Figure]:
    found, why = sweep.coverage(repo, reports)
    if found is None:
        evidence.remark(f"coverage is not counted: {why}")
        return {}
    return {"coverage": found}


def _leave(evidence: Evidence, counts: Counts, figures: Mapping[str, Figure]) -> Sweep:
    """Leave all figures for `state_sweep.json`, where the next run finds them."""
    rules = {name: found for name, found in figures.items() if name not in sweep.NAMES} | counts.rules
    values = {name: figures[name].value for name in sweep.NAMES if name in figures}
    values |= {code: found.value for code, found in sorted(rules.items())}
    for name, version in (versions := {"ruff": ruff.version(), "python": f"3.{RUNNING}"}).items():
        evidence.tool(name, version)
    tools = {**versions, RULES_ASKED: ",".join(counts.survey.select)}
    found = Sweep(_words(counts.scope, counts.survey.floor), counts.health.content, values, tools)
    evidence.sweep = found
    return found


def _words(scope: Scope, floor: Floor) -> str:
    """Return what was swept, in words: sweeps with the same words can be compared."""
    return f"{RULE} of {scope.words}, Python {floor.version}"


def _say(evidence: Evidence, figures: Mapping[str, Figure], bounds: _Bounds) -> None:
    for name in dict.fromkeys([*sweep.NAMES, *bounds.names]):
        if name in figures:
            evidence.measured(
                name, figures[name].value, at_most=bounds.at_most.get(name), at_least=bounds.at_least.get(name)
            )


def _out_of_bounds(figures: Mapping[str, Figure], bounds: _Bounds) -> Iterator[Finding]:
    for name, bound in bounds.at_most.items():
        if name in figures and figures[name].value > bound:
            wanted = f"{name} is {figures[name].value:g}, at most {bound:g} wanted"
            yield Finding("", 0, wanted + _where(figures[name]), f"{RULE}.above")
    for name, bound in bounds.at_least.items():
        if name in figures and figures[name].value < bound:
            yield Finding("", 0, f"{name} is {figures[name].value:g}, at least {bound:g} wanted", f"{RULE}.below")


def _where(found: Figure) -> str:
    if not found.places:
        return ""
    return "; most of it in " + ", ".join(f"{path} ({count})" for path, count in found.most[:NAMED])


class _Trends:
    """What the figures are compared with."""

    def __init__(self, now: Sweep, then: Sequence[Earlier]) -> None:
        self.now = now
        self.then = then
        self.lacking: dict[str, str] = {}  # figure -> why there is nothing to compare it with

    def of(self, name: str) -> Trend | None:
        """Return what a figure was, None when it cannot be compared, which is remembered."""
        tool = None if name in sweep.NAMES else "ruff"
        found = trend(name, self.now, self.then, tool)
        if found is None:
            self.lacking[name] = self._why(name, tool)
        return found

    def _why(self, name: str, tool: str | None) -> str:
        newest = next((each for each in self.then if value_of(name, each.sweep) is not None), None)
        if newest is None or tool is None:
            return f"{name} is in no earlier sweep of the same scope"
        then = newest.sweep.tools.get(tool, "of an unknown version")
        return f"{name} was counted by {tool} {then} in {newest.path} and is by {self.now.tools[tool]} now"


def _wrong_way(figures: Mapping[str, Figure], bounds: _Bounds, trends: _Trends, evidence: Evidence) -> list[Finding]:
    """Return a finding for each figure that went the wrong way; each is told with what it was."""
    findings = []
    for name in bounds.trends:
        if name not in figures or (then := trends.of(name)) is None:
            continue
        now, was = figures[name].value, then.value
        since = f"{name} is {now:g}, and was {was:g} in the sweep of {then.of.when or then.of.path}"
        evidence.remark(since + (", which was of the very same files" if then.same else ""))
        if name in bounds.not_rise and now > was:
            findings.append(Finding("", 0, f"{since}; it must not rise{_where(figures[name])}", f"{RULE}.risen"))
        if name in bounds.fall and now and (now > was or (now == was and not then.same)):
            findings.append(Finding("", 0, f"{since}; it must fall{_where(figures[name])}", f"{RULE}.not-fallen"))
        if name in bounds.not_fall and now < was:
            findings.append(Finding("", 0, f"{since}; it must not fall", f"{RULE}.fallen"))
    return findings


def _require_judged(counts: Counts, figures: Mapping[str, Figure], bounds: _Bounds, trends: _Trends) -> None:
    """Return when every figure with a bound was counted, and each with a trend had something to compare with.

    Raises:
        Vacuous: nothing was counted, or there is no earlier sweep yet.
        CannotJudge: a file could not be read, or the earlier figure is another tool's.

    """
    if not counts.health.files and not counts.survey.read.unread:
        raise Vacuous(f"there is no Python file in {counts.scope.words}")
    if unread := counts.survey.read.unread:
        raise CannotJudge("files that cannot be read: " + "; ".join(sorted(unread.values())))
    if absent := [name for name in bounds.names if name not in figures]:
        raise Vacuous(f"not counted: {', '.join(f'{name} ({WHY[name]})' for name in absent)}")
    if trends.lacking:
        told = "; ".join(trends.lacking.values())
        raise (CannotJudge if trends.then else Vacuous)(f"{told}; this run leaves a sweep for the next one")


WHY = {
    "coverage": "there is no report that is of the code as it is",
    "lane_violations": "the plan has no lane; give `lanes`",
    sweep.ALIASES: "give `aliases`, or `alias_report`",
}


# Violations


def _place(repo: Repository, paths: Sequence[str] | None, exclude: Sequence[str] | None) -> str:
    """Return the start of new files' names in a folder of the scope."""
    chosen = repo.select(paths or ["."])
    for folder in dict.fromkeys(path[: path.rfind("/") + 1] for path in chosen if path.endswith(".py")):
        start = f"{folder}planted"
        view = repo.with_changes({f"{start}.py": b""})
        inside = set(view.select(paths or ["."])) - set(view.select(exclude) if exclude else ())
        if f"{start}.py" in inside:
            return start
    raise CannotPlant("no folder of the scope takes a new file")


# What makes a figure rise by one: a file of its own, or a line.
FILES = {"syntax_errors": "def planted(:\n"}
LINES = {
    "F821": "planted_{n} = unknown_{n}\n", "F401": "import planted_{n}\n",
    "E711": "planted_{n} = planted_{n} == None\n",
    "E701": "if True: planted_{n} = 1\n", "E741": "l = {n}\n",
    "W291": "planted_{n} = 1 \n",
    "F541": "planted_{n} = f''\n", "E402": "planted = 1\nimport planted_{n}\n",
    "E722": "try:\n    {n}\nexcept:\n    {n}\n",
    "unresolved_imports": "from .planted_and_gone import thing_{n}\n",
    "suppressed": "planted_{n} = 1  # noqa\n",
    "W293": "def planted_{n}():\n    \n    return 1\n", "F841": "def planted_{n}():\n    x = 1\n",
    "works_at_import_time": "open('planted_{n}')\n",
}  # fmt: skip


def _raised(start: str, name: str, by: int) -> Changes:
    if name in FILES:
        return {f"{start}_{number}.py": FILES[name].encode() for number in range(by)}
    line = next((text for rule, text in LINES.items() if rule == name or lint_counts.is_of(rule, name)), None)
    if line is None:
        raise CannotPlant(f"no line is known that makes {name} rise")
    return {f"{start}.py": "".join(line.format(n=number) for number in range(by)).encode()}


@violation(test_sweep_is_healthy)
def _broken_file(
    repo: Repository,
    at_most: dict[str, float] | None = None,
    paths: list[str] | None = None,
    exclude: list[str] | None = None,
) -> Changes:
    if "syntax_errors" not in (at_most or {}):
        raise CannotPlant("the plan sets no upper bound for syntax_errors")
    return _raised(_place(repo, paths, exclude), "syntax_errors", int((at_most or {})["syntax_errors"]) + 1)


@violation(test_sweep_is_healthy)
def _count_above_its_bound(
    repo: Repository,
    at_most: dict[str, float] | None = None,
    paths: list[str] | None = None,
    exclude: list[str] | None = None,
) -> Changes:
    for name, bound in (at_most or {}).items():
        if name in LINES or any(lint_counts.is_of(rule, name) for rule in LINES):
            return _raised(_place(repo, paths, exclude), name, int(bound) + 1)
    raise CannotPlant("no figure with an upper bound can be made to rise by a planted line")


@violation(test_sweep_is_healthy)
def _count_that_rises_where_it_must_fall(
    repo: Repository,
    plan: Plan,
    must_not_rise: list[str] | None = None,
    must_fall: list[str] | None = None,
    paths: list[str] | None = None,
    exclude: list[str] | None = None,
    python: str | None = None,
) -> Changes:
    """The last sweep had none of what is there now."""
    for name in [*(must_fall or []), *(must_not_rise or [])]:
        if name in FILES or name in LINES or any(lint_counts.is_of(rule, name) for rule in LINES):
            planted = _raised(_place(repo, paths, exclude), name, 1)
            words = _words(_scope(paths, exclude), floor_of(repo, python, RUNNING))
            return {**planted, **_swept(plan, Sweep(words, "planted", {name: 0}, {"ruff": ruff.version()}))}
    raise CannotPlant("no figure that must not rise can be made to by a planted line")


def _swept(plan: Plan, planted: Sweep) -> Changes:
    """Return a sweep that is younger than all others."""
    document = {"timestamp": "9999-12-31T23:59:59Z", "sweeps": {"planted": asdict(planted)}}
    return {f"{plan.reports.audits}/live/99991231T235959Z/{FILE}": json.dumps(document).encode()}
