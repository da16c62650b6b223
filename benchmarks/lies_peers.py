"""How the situations are put to other tools: each adapter declares the same two criteria in its tool's own way.

A situation is a tree of files whose plan says which test claims which criterion. An adapter turns the plan into its
tool's own list of requirements, puts the tool's marker above each claiming test, and gives the command line of the
strictest run that the tool's documentation describes. A tool answers by its exit status: 0 lets the change in.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Tree = dict[str, str]  # path -> text
PLAN = "coordguard.yaml"
TEST = re.compile(
    r"^(?P<above>(?:[ \t]*@.*\n)*)(?P<indent>[ \t]*)(?P<head>(?:async )?def (?P<name>test\w*)\()", re.MULTILINE
)
MARKED = re.compile(r"@pytest\.mark\.criterion\(\"(?P<id>[^\"]+)\"\)")

# No tool but ours has these notions, or their answer is no exit status.
NO_PEER = frozenset(
    {
        # waivers, gates, checks by name and the plan's own keys
        *("expired-waiver", "needless-waiver", "own-waiver", "waived", "waived-broken"),
        *("mistyped-key", "mistyped-node", "out-of-gate", "unknown-check"),
        # nothing claims to have been verified, so that status 0 is no lie of theirs, nor is it of ours
        *("claim-moved", "collect-only", "deselected", "stale"),
        "made-by-factory",  # there is no function to put a mark above
        # aimed at our witness, its channel, and the plan's way to start it
        *("forges-events", "forges-events-elsewhere", "optimized", "replaces-dumps", "replaces-write"),
        *("settings-block-witness", "shadows-json", "shadows-witness"),
    }
)


@dataclass(frozen=True, slots=True)
class Declared:
    """A criterion as the plan has it; an id that stands there twice comes twice."""

    id: str
    text: str
    tests: tuple[str, ...]


def declared(plan: str) -> list[Declared]:
    """Return the criteria of a plan, in order."""
    root = yaml.compose(plan)
    return [
        Declared(f"{task}/{name}", str(fields.get("text", "")), tuple(fields.get("tests", ())))
        for key, tasks in _pairs(root)
        if key == "tasks"
        for task, body in _pairs(tasks)
        for part, accept in _pairs(body)
        if part == "accept"
        for name, criterion in _pairs(accept)
        for fields in [yaml.safe_load(yaml.serialize(criterion))]
    ]


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield str(key.value), value


class Peer:
    """Plain pytest, which knows no criteria: its exit status alone."""

    name = "pytest"
    distribution = "pytest"
    plugin = ""  # its entry point
    options: Sequence[str] = ()
    strict: Sequence[str] = ("-o", "strict=true")  # pytest's own strict settings
    ids: Mapping[str, str] = {}  # our criterion -> the tool's id
    listed: Sequence[str] = ()  # the files that list the requirements
    beyond = frozenset(  # situations that it cannot express
        {
            *("no-test", "mistyped-claim", "file-missing"),
            *("deleted", "duplicate-id", "duplicate-task", "emptied", "plan-deleted"),
            *("plugin-off", "plugin-off-in-addopts", "unregisters-witness"),
        }
    )

    def knows(self, name: str) -> bool:
        """Tell whether the tool can be asked about a situation at all."""
        return name not in NO_PEER | self.beyond

    def translated(self, situation: Any) -> Any:
        """Return the situation in the tool's own terms; `lies.build` makes its repository."""
        before = {**self.base, **(situation.first or situation.files)}
        after = {k: v for k, v in {**before, **situation.files}.items() if k not in situation.deleted}
        old, new = self.tree(before), self.tree(after)
        there = {*self.base, *old} if situation.first else {*self.base, *new}
        gone = tuple(name for name in there if name not in new)
        arguments = tuple(self.renamed(one) for one in situation.arguments)
        first = old if situation.first else {}
        return dataclasses.replace(situation, first=first, files=new, deleted=gone, arguments=arguments)

    def __init__(self, base: Mapping[str, str]) -> None:
        """Take the files that every situation starts with."""
        self.base = base

    def renamed(self, text: str) -> str:
        """Return a text that is aimed at our plugin, aimed at this one."""
        return text.replace("pytest_coordguard.plugin", self.plugin).replace("coordguard", self.plugin)

    def tree(self, tree: Mapping[str, str]) -> Tree:
        """Return the files with the tool's requirements and marks in place of the plan and its claims."""
        made = dict(tree)
        plan = made.pop(PLAN, None)
        if self.plugin:
            for name in {"conftest.py", "pytest.ini"} & set(made):
                made[name] = self.renamed(made[name])
        criteria = declared(plan) if plan is not None else []
        for one in criteria:
            for test in one.tests:
                path, _, function = test.partition("::")
                if path in made:
                    made[path] = self.marked(made[path], function, self.id(one.id))
        for path in [path for path in made if path.endswith(".py")]:
            made[path] = MARKED.sub(lambda found: self.mark(self.id(found["id"])) or found[0], made[path])
        return made | (self.requirements(criteria) if plan is not None else {})

    def id(self, criterion: str) -> str:
        """Return the tool's id of a criterion; one that the plan does not have gets one that the tool does not know."""
        return self.ids.get(criterion, self.ids.get("", criterion))

    def marked(self, text: str, function: str, name: str) -> str:
        """Return a test file with the tool's mark above each test, or above the one that is named."""
        if not (mark := self.mark(name)):
            return text

        def above(found: re.Match[str]) -> str:
            wanted = not function or found["name"] == function.rpartition("::")[2]
            return f"{found['indent']}{mark}\n{found[0]}" if wanted and "fixture" not in found["above"] else found[0]

        return f"{self.imports}\n{TEST.sub(above, text)}"

    imports = "import pytest"

    def mark(self, name: str) -> str:  # noqa: ARG002  # a tool that has marks needs it
        """Return the decorator that claims a requirement, "" when the tool has none."""
        return ""

    def requirements(self, criteria: Sequence[Declared]) -> Tree:  # noqa: ARG002  # a tool that has files needs it
        """Return the files that list the requirements."""
        return {}

    def command(self, python: str) -> list[str]:
        """Return the command line of a strict run, without the situation's own arguments."""
        return [python, "-m", "pytest", "-p", "no:cacheprovider", *self.strict, *self.options]


class Xspec(Peer):
    """pytest-xspec: requirements in TOML, `--xspec-strict`."""

    name, distribution, plugin = "xspec", "pytest-xspec", "xspec"
    options = ("--xspec-strict",)
    beyond = frozenset[str]()

    def mark(self, name: str) -> str:
        return f'@pytest.mark.xspec("{name}")'

    def requirements(self, criteria: Sequence[Declared]) -> Tree:
        rows = [f'[[requirements]]\nid = "{one.id}"\ndescription = "{one.text}"\n' for one in criteria]
        return {"xspec.toml": "\n".join(rows) or "requirements = []\n"}


class Verifies(Peer):
    """pytest-verifies: a baseline in JSON, every requirement verified, none unknown."""

    name, distribution, plugin = "verifies", "pytest-verifies", "verifies"
    options = ("--verifies-baseline=requirements.json", "--verifies-disallow-orphans", "--verifies-fail-under=100")
    beyond = frozenset[str]()
    imports = "from pytest_verifies import verifies"

    def mark(self, name: str) -> str:
        return f'@verifies("{name}")'

    def tree(self, tree: Mapping[str, str]) -> Tree:
        made = super().tree(tree)
        marks = [path for path, text in made.items() if "@verifies(" in text and self.imports not in text]
        return made | {path: f"{self.imports}\n{made[path]}" for path in marks}

    def requirements(self, criteria: Sequence[Declared]) -> Tree:
        rows = [{"id": one.id, "text": one.text} for one in criteria]
        return {"requirements.json": json.dumps({"requirements": rows})}


class Gxp(Peer):
    """pytest-gxp: a specification in Markdown, both strict options."""

    name, distribution, plugin = "gxp", "pytest-gxp", "gxp"
    options = ("--gxp", "--gxp-strict", "--gxp-strict-coverage", "--gxp-output-formats=csv")
    ids = {"AC-1/honest": "FS-001", "AC-2/lie": "FS-002", "": "FS-999"}
    beyond = frozenset[str]()

    def mark(self, name: str) -> str:
        return f'@pytest.mark.gxp\n@pytest.mark.requirements(["{name}"])'

    def marked(self, text: str, function: str, name: str) -> str:
        text = super().marked(text, function, name)
        return re.sub(r"^([ \t]+)(@pytest\.mark\.gxp)\n@", r"\1\2\n\1@", text, flags=re.MULTILINE)

    def requirements(self, criteria: Sequence[Declared]) -> Tree:
        rows = [
            f"### {self.id(one.id)}: {one.text}\n\n#### Description\n{one.text}.\n\n1. {one.text}\n\n"
            "Expected Result: it holds.\n\n#### Metadata\nPriority: High\nCategory: Shop\nOwner: A\n"
            for one in criteria
        ]
        text = "# Functional Specification\n\n## Version: 1.0\n\n" + "\n".join(rows)
        return {"gxp_spec_files/functional_specification.md": text}


class Intent(Peer):
    """pytest-intent: requirements as Doorstop items; untested ones fail by default."""

    name, distribution, plugin = "intent", "pytest-intent", "intent"
    options = ("--intent-requirements-untested-behavior=fail",)
    ids = {"AC-1/honest": "SRD-001", "AC-2/lie": "SRD-002", "": "SRD-999"}
    beyond = frozenset({"duplicate-id", "duplicate-task"})  # two files cannot have one name

    def mark(self, name: str) -> str:
        return f'@pytest.mark.intent(requirement="{name}")'

    def requirements(self, criteria: Sequence[Declared]) -> Tree:
        made = {"requirements/.doorstop.yml": "settings:\n  digits: 3\n  prefix: SRD\n  sep: '-'\n"}
        for number, one in enumerate(criteria, 1):
            made[f"requirements/{self.id(one.id)}.yml"] = (
                f"active: true\nderived: false\nheader: ''\nlevel: 1.{number}\nlinks: []\nnormative: true\n"
                f"ref: ''\nreviewed: null\ntext: |\n  {one.text}\n"
            )
        return made


class ReqCov(Peer):
    """pytest-reqcov: requirements in CSV; no option of it changes the exit status."""

    name, distribution, plugin = "reqcov", "pytest-reqcov", "reqcov"
    options = ("--reqcov-reqs=requirements.csv", "--reqcov-output=covered.csv")
    strict = ()  # its own mark is not registered
    beyond = frozenset[str]()

    def mark(self, name: str) -> str:
        return f'@pytest.mark.req(id="{name}")'

    def requirements(self, criteria: Sequence[Declared]) -> Tree:
        return {"requirements.csv": "id,text\n" + "".join(f"{one.id},{one.text}\n" for one in criteria)}


PEERS: dict[str, type[Peer]] = {one.name: one for one in (Peer, Xspec, Verifies, Gxp, Intent, ReqCov)}
