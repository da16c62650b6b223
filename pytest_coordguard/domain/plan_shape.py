"""The keys of a plan, said once: the reader and the JSON Schema for editors are both made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_coordguard.domain.ask_type import AskType
from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import Entries, Node, Scalar
from pytest_coordguard.domain.parameters import RepoFile, RepoPath
from pytest_coordguard.domain.plan import GATES, PRIORITIES, Critical, Reports, Runner
from pytest_coordguard.domain.record_type import Key, Record
from pytest_coordguard.domain.service_shape import SERVICE
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.domain.soak_shape import SOAK
from pytest_coordguard.domain.text_types import HOURS, SECONDS, TEST, WORDS, path
from pytest_coordguard.domain.value_types import Choice, Day, HasOwner, ListOf, MapOf, Schema, Text, Truth, refuse

VERSION = 1  # of the plan's format; the only one so far

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
TASK_ID = Text("letters, digits, '.', '_' and '-', as CC-5", _NAME)
SLUG = Text("lower-case words joined by hyphens, as spec-validates", _SLUG)
_CRITERION_ID = Text("TASK/slug, as CC-5/spec-validates", rf"{_NAME}/{_SLUG}", located=True)
_TASK_REFERENCE = Text("the id of a task, as CC-5", _NAME, located=True)
_GROUP = Text("letters, digits, '.', '_' and '-', as top5", _NAME)
_GROUP_REFERENCE = Text(_GROUP.meant, _NAME, located=True)
# A gate is asked for by `pytest -m gate`, so it is a marker that no one else uses.
_NOT_GATES = "and|or|not|True|False|None|criterion|skip|skipif|xfail|parametrize|usefixtures|filterwarnings"
_GATE = Text("a pytest marker of its own, as nightly", rf"(?!(?:{_NOT_GATES})$)[A-Za-z_][A-Za-z0-9_]*")
_GATE_REFERENCE = Text("a gate, as preaudit", _GATE.pattern, located=True)
_REF = Text("a git ref, as main", r"[A-Za-z0-9][^\x00-\x20\x7f~^:?*\[\\]*")  # never an option of git
_FILE = path(RepoFile, "a file inside the repository, as docs/plans/status.json")
_PATHS = path(RepoPath, "a file, folder or glob inside the repository, as src/")
_VARIABLE = Text("the name of a variable, as MODE", r"[A-Za-z_][A-Za-z0-9_]*")

_CRITERION = {
    "text": Key(WORDS, "What must hold, in words; they may change, the id may not.", required=True),
    "gates": Key(
        ListOf(_GATE_REFERENCE, at_least=1),
        "The gates that ask for it; without this key, all of the two that are built in.",
    ),
    "check": Key(WORDS, "The guardrail that verifies it, as openapi.valid."),
    "tests": Key(ListOf(TEST, at_least=1), "The repository's own tests that verify it: paths or node ids."),
}

_WAIVER = Record(
    "a waiver",
    {
        "criterion": Key(_CRITERION_ID, "The criterion that is waived, as CC-5/spec-validates.", required=True),
        "reason": Key(WORDS, "Why it may stay unmet for now.", required=True),
        "owner": Key(WORDS, "Who answers for it.", required=True),
        "until": Key(Day(), "The last day on which it holds, as 2026-12-31.", required=True),
    },
)
_RETIRED = Record(
    "a retired criterion",
    {
        "criterion": Key(_CRITERION_ID, "The criterion that was taken out of the plan.", required=True),
        "reason": Key(WORDS, "Why it was taken out.", required=True),
    },
)
_REPORTS = Record(
    "'reports'",
    {
        "checklist": Key(_FILE, "The checklist in Markdown.", default=Reports().checklist),
        "status": Key(_FILE, "The status file for scripts.", default=Reports().status),
        "dashboard": Key(_FILE, "The dashboard in Markdown.", default=Reports().dashboard),
        "audits": Key(_FILE, "The folder for what a run leaves behind.", default=Reports().audits),
    },
)
_CRITICAL = Record(
    "'critical'",
    {
        "paths": Key(ListOf(_PATHS), "Files, folders or globs that only a reviewer may let in."),
        "reviewers": Key(ListOf(WORDS), "Login names of the reviewers."),
        "within": Key(
            SECONDS, "How soon a critical change is reviewed.", default=f"{Critical().within_seconds / 3600:.0f}h"
        ),
    },
)
_COMMENTS = Record(
    "'comments'",
    {
        "run": Key(ListOf(WORDS), "Login names of those whose `/coordguard run` is obeyed."),
        "explain": Key(ListOf(WORDS), "… whose `/coordguard explain` is answered."),
        "assign": Key(ListOf(WORDS), "… whose `/assign` is obeyed."),
        "waive": Key(ListOf(WORDS), "… whose `/waive` is answered."),
    },
)
_RUNNER = Record(
    "'runner'",
    {
        "python": Key(WORDS, "The interpreter of the repository's own tests, as .venv/bin/python."),
        "args": Key(ListOf(WORDS), "Added to the pytest command line."),
        "env": Key(MapOf(Text(), _VARIABLE), "Added to the environment, which is otherwise scrubbed."),
        "timeout": Key(SECONDS, "For the whole run.", default=f"{Runner().timeout_seconds / 60:.0f}m"),
        "flaky": Key(
            Choice(("closed", "open")), "A test that passed only on a rerun leaves its gate so.", default=Runner().flaky
        ),
    },
)


@dataclass(frozen=True, slots=True)
class CriterionType(HasOwner):
    """A criterion: four keys of its own, and the parameters of the check that it names."""

    checks: Mapping[str, CheckSignature]

    @property
    def meant(self) -> str:
        return self._record().meant

    def _check(self) -> Choice:
        names = tuple(sorted(self.checks))
        return Choice(
            names, named=f"one of the {len(names)} checks, as {names[0]}" if names else "no check, as there is none"
        )

    def _record(self, check: str = "") -> Record:
        keys = {**_CRITERION, "check": Key(self._check(), _CRITERION["check"].doc)}
        if check in self.checks:
            return Record(f"a criterion with check {check}", {**keys, **self.checks[check].parameters})
        return Record("a criterion without check", keys, is_open=bool(check))

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        if not isinstance(node, Entries):
            return refuse(node, key.text, self.meant, faults)
        check = node.get("check")
        if check is None:
            return self._record().read_of(key, node, faults)
        if isinstance(check, Scalar) and check.text in self.checks:
            return self._record(check.text).read_of(key, node, faults)
        named = check.text if isinstance(check, Scalar) else "?"
        return self._record(named or "?").read_of(key, node, faults)

    def schema(self) -> Schema:
        """Return a choice by `check`: one closed set of keys for each, and one for criteria without."""
        rules = [
            {
                "if": {"required": ["check"], "properties": {"check": {"const": check}}},
                "then": {"$ref": f"#/$defs/check.{check}"},
            }
            for check in sorted(self.checks)
        ]
        without = {"if": {"not": {"required": ["check"]}}, "then": {"$ref": "#/$defs/criterion"}}
        return {"type": "object", "properties": {"check": {"enum": sorted(self.checks)}}, "allOf": [without, *rules]}

    def definitions(self) -> Schema:
        """Return the `$defs` that the schema refers to. What all criteria share stands there once."""
        alike = {name: schema for name, schema in self._record().schema()["properties"].items() if name != "check"}
        shared = {name: {"$ref": f"#/$defs/criterion.{name}"} for name in alike}
        found = {f"criterion.{name}": schema for name, schema in alike.items()}
        found["criterion"] = self._record().schema() | {"description": "A criterion without a check."}
        found["criterion"]["properties"] = shared
        for check, signature in sorted(self.checks.items()):
            one = self._record(check).schema() | {
                "description": " ".join(filter(None, (signature.doc, signature.remedy)))
            }
            one["properties"] |= {**shared, "check": {"const": check}}
            found[f"check.{check}"] = one
        return found | AskType().definitions()


def plan_type(checks: Mapping[str, CheckSignature]) -> Record:
    """Return the type of a whole plan, for a suite of checks."""
    task = Record(
        "a task",
        {
            "title": Key(WORDS, "What is to be done, on one line.", required=True),
            "group": Key(_GROUP_REFERENCE, "One of the plan's groups."),
            "owner": Key(WORDS, "Who does it."),
            "reviewer": Key(WORDS, "Who reviews it."),
            "priority": Key(Choice(PRIORITIES, ignore_case=True), "How soon.", default="medium"),
            "risk": Key(Choice(("low", "medium", "high"), ignore_case=True), "What a mistake costs."),
            "estimate": Key(HOURS, "Working time, as 30m or 2-3h; of a range the mean counts."),
            "depends_on": Key(ListOf(_TASK_REFERENCE), "Ids of tasks that come first."),
            "files": Key(ListOf(_PATHS), "Files, folders or globs that the task changes."),
            "branch": Key(_REF, "The branch on which it is done."),
            "critical_review": Key(Truth(), "Only a reviewer of `critical` may let it in.", default=False),
            "accept": Key(MapOf(CriterionType(checks), SLUG), "Its acceptance criteria by name."),
        },
    )
    return Record(
        "a plan",
        {
            "version": Key(Choice((VERSION,)), "Of the plan's format.", required=True),
            "project": Key(WORDS, "Its name in the reports."),
            "groups": Key(MapOf(WORDS, _GROUP), "Groups of tasks and their titles."),
            "gates": Key(ListOf(_GATE), f"Gates beside {' and '.join(GATES)}."),
            "reports": Key(_REPORTS, "Where the reports go."),
            "critical": Key(_CRITICAL, "What only the reviewers may let in."),
            "comments": Key(
                _COMMENTS, "Whose comments are obeyed; without a key, those of the reviewers of `critical`."
            ),
            "service": Key(SERVICE, "How live criteria reach the running system."),
            "soak": Key(SOAK, "Where `coordguard soak` tells of a breach, and how often."),
            "runner": Key(_RUNNER, "How the repository's own tests are run."),
            "tests": Key(ListOf(TEST), "Where the repository's own claims are looked for."),
            "guardrails": Key(ListOf(_FILE), "Files with guardrails of the repository itself."),
            "base": Key(_REF, "What changes are judged against; without this key, the default branch."),
            "since": Key(Day(), "Work before this day is none of these tasks; without this key, before the plan was."),
            "waivers": Key(ListOf(_WAIVER), "Exceptions, each with a reason, an owner and a last day."),
            "retired": Key(ListOf(_RETIRED), "Criteria that were taken out on purpose."),
            "tasks": Key(MapOf(task, TASK_ID, folded=True), "The tasks by id.", required=True),
        },
    )
