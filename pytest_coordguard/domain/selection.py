"""What a pull request must meet: the criteria of its own task, and of every task whose files it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_coordguard.domain.critical import Reason, labelled, named_by, touched_paths
from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.task_link import Linker, TaskLink, Traces, belongs_to, trailers_in

OF_THE_PULL_REQUEST = ("review.", "pr.")  # checks that judge the pull request itself, and so each of them
ALL = frozenset({".", "./", "**", "**/*"})  # files of a task that is asked of each pull request, of an empty one too
CODE_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
WORKFLOWS = (".github/workflows/", ".github/actions/", ".gitlab-ci.yml", ".gitlab/ci/")


@dataclass(frozen=True, slots=True)
class Selection:
    """What applies to a pull request and why, and what does not and why not."""

    links: tuple[TaskLink, ...] = ()  # to each task that anything points at
    own: tuple[TaskLink, ...] = ()  # to the task or tasks that it is the work of
    unknown: tuple[str, ...] = ()  # tasks that it names and the plan does not have
    applies: Mapping[str, str] | None = None  # criterion -> reason
    others: Mapping[str, str] | None = None  # criterion -> why it does not apply

    def narrowed(self, plan: Plan) -> Plan:
        """Return the plan with those criteria alone that apply."""
        chosen = self.applies or {}
        tasks = [replace(task, criteria=tuple(c for c in task.criteria if c.id in chosen)) for task in plan.tasks]
        return replace(plan, tasks=tuple(task for task in tasks if task.criteria))


def traces_of(pull: PullFacts) -> Traces:
    """Return what is known of a pull request that may point at a task. What is not known points at none."""
    files = pull.files.value or ()
    trailers = [name for commit in pull.commits.value or () for name in trailers_in(commit.message)]
    trailers += trailers_in(pull.body.value or "")
    return Traces(
        trailers=tuple(dict.fromkeys(trailers)),
        labels=pull.labels.value or (),
        branch=pull.head.value.ref if pull.head.value else "",
        paths=tuple(name for file in files for name in file.names),
        new=frozenset(file.path for file in files if file.before is None),
    )


def selection(plan: Plan, gate: str, pull: PullFacts) -> Selection:
    """Return which criteria of a gate apply to a pull request.

    Nothing that its author writes takes a criterion away: a trailer or label that names one task adds it to those
    whose files are touched.
    """
    linker, traces = Linker(plan.tasks), traces_of(pull)
    links = linker.links(traces)
    by_task = {link.task: link for link in reversed(links)}
    applies: dict[str, str] = {}
    others: dict[str, str] = {}
    for task in plan.tasks:
        for criterion in task.criteria:
            if gate in criterion.gates:
                reason = _reason(task, criterion, by_task.get(task.id))
                (applies if reason else others)[criterion.id] = reason or _why_not(task)
    return Selection(links, belongs_to(links), linker.unknown(traces), applies, others)


def _reason(task: Task, criterion: Criterion, link: TaskLink | None) -> str:
    if link is not None:
        return link.evidence
    if ALL.intersection(task.files):
        return "is asked of each pull request"
    judges_it = (criterion.check or "").startswith(OF_THE_PULL_REQUEST)
    return "judges each pull request" if judges_it and not task.files else ""


def _why_not(task: Task) -> str:
    files = ", ".join(task.files[:3]) + (" and others" if len(task.files) > 3 else "")  # noqa: PLR2004
    return f"touches none of {files}" if files else f"is no work on {task.id}"


def own_rules(plan: Plan) -> tuple[str, ...]:
    """Return the paths of what decides this gate: the plan, its guardrails, code owners, workflows."""
    return (plan.path, *plan.guardrails, *CODE_OWNERS, *WORKFLOWS)


def changed_rules(plan: Plan, pull: PullFacts) -> tuple[str, ...]:
    """Return the files of a pull request that would change the rules that it is judged by."""
    files = pull.files.value or ()
    return tuple(sorted({name for file in files for name in file.names if named_by(name, own_rules(plan))}))


def critical_because(plan: Plan, pull: PullFacts) -> tuple[Reason, ...]:
    """Return why a pull request needs the reviewer; none when it does not. A label adds a reason and takes none."""
    files = pull.files.value or ()
    by_id = {task.id: task for task in plan.tasks}
    own = belongs_to(Linker(plan.tasks).links(traces_of(pull)))
    tasks = [
        Reason(f"is work on {link.task}, which asks for it ({link.evidence})")
        for link in own
        if by_id[link.task].critical_review
    ]
    return (
        *touched_paths(files, plan.critical.paths, "the critical"),
        *touched_paths(files, own_rules(plan), "what this gate goes by,"),
        *tasks,
        *labelled(pull.labels.value or ()),
    )
