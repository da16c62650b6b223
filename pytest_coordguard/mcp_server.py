"""What agents are offered over the Model Context Protocol. An edge; it needs the extra `mcp`, and is imported late.

The answers are those of `coordguard next --json` and its like: nothing is looked at here in another way.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from pytest_coordguard import __version__
from pytest_coordguard.commands.common import Here, Trouble, here
from pytest_coordguard.domain.record import utc
from pytest_coordguard.domain.standing import Standing
from pytest_coordguard.reports.redact import redact

LOOKS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
ACTS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
MOST_TASKS = 50  # of one answer: a plan can have thousands, and an agent reads each word
TOLD = 4000  # signs of a run's output, its end
GUIDE = (
    "Acceptance criteria of this repository, and whether they hold. Ask `next` for what closes a gate, the most useful "
    "first, and `explain` for one criterion; verdicts are those of the last run, so run again after a change."
)


def server(plan: str | None, *, allow_run: bool) -> MCPServer[Any]:
    """Return the server; `plan` is the plan's file, None for the nearest one."""
    made: MCPServer[Any] = MCPServer("coordguard", version=__version__, instructions=GUIDE, log_level="WARNING")
    tools = Tools(plan)
    for look in (tools.status, tools.next, tools.explain):
        made.tool(annotations=LOOKS)(_told(look))
    if allow_run:
        made.tool(annotations=ACTS)(_told(tools.run))
    return made


def _told(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return the same tool, whose troubles are told to the client as they are, not as a crash."""

    @functools.wraps(tool)
    def telling(*args: Any, **given: Any) -> dict[str, Any]:  # noqa: ANN401  # the tool's own types are in its signature
        try:
            return tool(*args, **given)
        except Trouble as error:
            raise ToolError(str(error)) from None

    return telling


class Tools:
    """The tools, each a question about the repository that the server was started in."""

    def __init__(self, plan: str | None) -> None:
        self._plan = plan

    def _here(self) -> Here:
        return here(self._plan)  # anew each time: the plan may have changed

    def status(self, task: str = "", status: str = "") -> dict[str, Any]:
        """Where the tasks and gates stand, from verdicts, git and pull requests.

        Args:
            task: the id of one task, which is then told with its criteria and its work; all tasks when left out.
            status: only tasks of it: not_started, in_progress, review, blocked, completed, regressed, empty.

        """
        from pytest_coordguard.lookout import look_around
        from pytest_coordguard.reports.overview_json import all_facts

        found = self._here()
        facts = all_facts(look_around(found.root, found.plan, found.record()))
        head = {key: facts[key] for key in ("project", "written", "commit", "branch", "counts", "gates", "notes")}
        if task:
            return head | self._of_task(facts, task)
        tasks = [each for each in facts["tasks"] if not status or each["status"] == status]
        kept = ("id", "title", "owner", "priority", "status", "reason", "criteria", "waiting_for")
        shown = [{key: each[key] for key in kept} for each in tasks[:MOST_TASKS]]
        return head | {"tasks": shown, "left_out": max(len(tasks) - MOST_TASKS, 0)}

    def _of_task(self, facts: dict[str, Any], task: str) -> dict[str, Any]:
        (mine, *_) = [each for each in facts["tasks"] if each["id"] == task] or [None]
        if mine is None:
            raise Trouble(f"{task!r} is no task of the plan{_near(task, [each['id'] for each in facts['tasks']])}")
        return {"task": mine, "criteria": [each for each in facts["criteria"] if each["task"] == task]}

    def next(self, gate: str = "preaudit", most: int = 10) -> dict[str, Any]:
        """What still closes a gate, the most useful first, each with what to do and the command that judges it.

        Args:
            gate: the gate.
            most: so many at most.

        """
        from pytest_coordguard.explain import next_steps

        found = self._here()
        stand = found.of_gate(gate)
        steps = next_steps(found.plan, found.suite, found.own, stand.standings)
        return {
            "gate": gate,
            "open": stand.open,
            "problems": [redact(each) for each in stand.problems],
            "closing": len(steps),
            "next": steps[: max(most, 0)],
        }

    def explain(self, criterion: str) -> dict[str, Any]:
        """What one criterion checks, its last verdict with findings, and what to do.

        Args:
            criterion: its id, as TASK/slug.

        """
        from pytest_coordguard.explain import explained

        found = self._here()
        return explained(found.plan, found.suite, found.own, _criterion(found, criterion))

    def run(self, criterion: str = "", gate: str = "") -> dict[str, Any]:
        """Judge one criterion, or a whole gate. It executes the repository's tests, and can take minutes.

        Args:
            criterion: its id, as TASK/slug.
            gate: the gate, where no criterion is named.

        """
        from pytest_coordguard.handover import command

        if bool(criterion) == bool(gate):
            raise Trouble("either a criterion or a gate is to be named")
        found = self._here()
        started = utc(datetime.now(UTC))
        known = _criterion(found, criterion).criterion if criterion else None
        asked = known.gates[0] if known else found.of_gate(gate).gate
        args = ["--coordguard-plan", self._plan] if self._plan else []
        argv, env = command(asked, [*args, *(["-k", known.id] if known else [])], found.root)
        done = subprocess.run(
            argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
        said = {"started": started, "exit_status": done.returncode, "output": redact(done.stdout + done.stderr)[-TOLD:]}
        if known:
            return said | {"criterion": self.explain(known.id)}
        return said | {"gate": self.next(gate)}


def _criterion(found: Here, name: str) -> Standing:
    known = {each.criterion.id: each for each in found.standings()}
    if name not in known:
        raise Trouble(f"{name!r} is no criterion of {found.location.plan_name}{_near(name, list(known))}")
    return known[name]


def _near(name: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f"; did you mean {', '.join(near)}?" if near else ""
