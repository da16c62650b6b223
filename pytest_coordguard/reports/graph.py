"""The graph of what waits for what, in the language of Mermaid (mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_coordguard.domain.task_status import STATUSES, TaskState
from pytest_coordguard.reports.text import clipped, line

MOST_TASKS, MOST_ARROWS = 150, 400  # Mermaid draws 500 arrows and 50,000 characters at most, GitHub no more than that
UNSAFE = re.compile(r"[^\w .,:()/+-]")  # nothing that could end a label, a line or the fence around it
WIDTH = 40  # characters of a title
# Told apart by shape of the border as well as by colour; dark text on light ground in both of GitHub's themes.
LOOKS = {
    "completed": "fill:#cfe8cf,stroke:#2e7d32,color:#111",
    "regressed": "fill:#f6c7c7,stroke:#b71c1c,color:#111,stroke-width:3px",
    "review": "fill:#d6e4f7,stroke:#1565c0,color:#111",
    "in_progress": "fill:#fff0c2,stroke:#b26a00,color:#111",
    "blocked": "fill:#eadcf2,stroke:#6a1b9a,color:#111,stroke-dasharray:6 3",
    "empty": "fill:#eeeeee,stroke:#616161,color:#111,stroke-dasharray:2 2",
    "not_started": "fill:#ffffff,stroke:#757575,color:#111",
}


def graph(states: Sequence[TaskState]) -> list[str]:
    """Return the fenced lines of a graph, or a sentence that says why there is none."""
    known = {each.task.id: f"t{position}" for position, each in enumerate(states)}
    arrows = [
        f"  {known[other]} --> {known[each.task.id]}"
        for each in states
        for other in each.task.depends_on
        if other in known
    ]
    if not arrows:
        return ["No task waits for another."]
    if len(states) > MOST_TASKS or len(arrows) > MOST_ARROWS:
        return [f"{len(states)} tasks and {len(arrows)} dependencies are more than Mermaid draws."]
    nodes = [f'  {known[each.task.id]}["{_label(each)}"]:::{each.status}' for each in states]
    used = {each.status for each in states}
    looks = [f"  classDef {status} {LOOKS[status]}" for status in STATUSES if status in used]
    return ["```mermaid", "flowchart LR", *nodes, *arrows, *looks, "```"]


def _label(state: TaskState) -> str:
    """Return a node's text; the status in words too, for who cannot tell the colours apart."""
    status = state.status.replace("_", " ")
    return f"{_safe(state.task.id)} {_safe(clipped(line(state.task.title), WIDTH))}: {status}"


def _safe(text: str) -> str:
    return " ".join(UNSAFE.sub(" ", line(text)).split())
