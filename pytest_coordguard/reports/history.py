"""The record of runs below the audits' folder, as text: one small file a run, folded into one a month.

No two branches write the same file: the name of a run's file holds the run's id, and that of a fold the digest of what
is in it. So branches that both ran, or both folded, merge without conflict; what is then there twice is read once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_coordguard.domain.history import Run, ordered
from pytest_coordguard.reports.text import line, name

FOLDER = "history"
VERSION = 1


def run_name(run: Run) -> str:
    """Return the name of a run's file: its time, without signs that a file system refuses, and a digest of it.

    An id alone would not do: two containers may give it twice, for the first process of each has the same number.
    """
    when = re.sub(r"[^0-9TZ]", "", run.at)
    return f"{when}-{hashlib.sha256(run_text(run).encode()).hexdigest()[:12]}.json"


def run_text(run: Run) -> str:
    """Return a run as one line of JSON."""
    return _line(_head(run) | {"verdicts": _grouped(run.verdicts), "tasks": _grouped(run.tasks)})


def _line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _head(run: Run) -> dict[str, Any]:
    return {
        "version": VERSION,
        "id": name(run.id),
        "gate": name(run.gate),
        "at": line(run.at),
        "commit": run.commit,
        "branch": line(run.branch),
        "dirty": run.dirty,
        "state": run.state,
        "exit_status": run.exit_status,
    }


def _grouped(words: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in sorted(words):
        found.setdefault(words[key], []).append(name(key))
    return found


def folded(runs: Iterable[Run]) -> dict[str, str]:
    """Return the runs as one text a month, name -> text: each line says what differs from the line before."""
    months: dict[str, list[Run]] = {}
    for run in ordered(runs):
        months.setdefault(run.at[:7], []).append(run)
    texts = {month: _fold(mine) for month, mine in months.items()}
    return {f"{month}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl": text for month, text in texts.items()}


def _fold(runs: Sequence[Run]) -> str:
    lines = []
    verdicts: Mapping[str, str] = {}
    tasks: Mapping[str, str] = {}
    for run in runs:
        changed = {"verdicts": _change(verdicts, run.verdicts), "tasks": _change(tasks, run.tasks)}
        lines.append(_line(_head(run) | {"changed": {key: value for key, value in changed.items() if value}}))
        verdicts, tasks = run.verdicts, run.tasks
    return "".join(lines)


def _change(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what is otherwise, by its new word; under "" what is gone."""
    if before == after:
        return {}
    changed = {key: word for key, word in after.items() if before.get(key) != word}
    return _grouped(changed | dict.fromkeys(before.keys() - after.keys(), ""))


class UnreadableRunError(ValueError):
    """A file of the record is not as it was written; the message says how."""


def read_runs(text: str) -> tuple[Run, ...]:
    """Return the runs of one file, of either kind.

    Raises:
        UnreadableRunError: a line is not one of ours.

    """
    found: list[Run] = []
    verdicts: Mapping[str, str] = {}
    tasks: Mapping[str, str] = {}
    for number, each in enumerate(text.splitlines(), 1):
        try:
            document = json.loads(each)
            changed = document.get("changed")
            verdicts = _words(document["verdicts"]) if changed is None else _after(verdicts, changed.get("verdicts"))
            tasks = _words(document["tasks"]) if changed is None else _after(tasks, changed.get("tasks"))
            found.append(_run(document, verdicts, tasks))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            said = f"{type(error).__name__}: {error}"
            raise UnreadableRunError(f"line {number}: not the record of a run ({said})") from error
    return tuple(found)


def _words(grouped: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {str(key): str(word) for word, keys in grouped.items() for key in keys}


def _after(before: Mapping[str, str], changed: Mapping[str, Sequence[str]] | None) -> Mapping[str, str]:
    if not changed:
        return before  # the very same mapping: 10,000 runs that found nothing new cost nothing
    merged = {**before, **_words(changed)}
    return {key: word for key, word in merged.items() if word} if "" in changed else merged


def _run(document: Mapping[str, Any], verdicts: Mapping[str, str], tasks: Mapping[str, str]) -> Run:
    status = document["exit_status"]
    return Run(
        id=str(document["id"]),
        gate=str(document["gate"]),
        at=str(document["at"]),
        commit=str(document["commit"]),
        branch=str(document["branch"]),
        dirty=bool(document["dirty"]),
        state=str(document["state"]),
        exit_status=None if status is None else int(status),
        verdicts=verdicts,
        tasks=tasks,
    )
