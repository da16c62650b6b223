"""Reads and writes the record of runs. An edge: it knows where the files lie, and when to fold them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_coordguard.domain.history import Run, ordered
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record, RunRecord
from pytest_coordguard.domain.standing import standings
from pytest_coordguard.domain.task_status import task_states
from pytest_coordguard.domain.work import Work
from pytest_coordguard.reports import files
from pytest_coordguard.reports.history import FOLDER, UnreadableRunError, folded, read_runs, run_name, run_text

LOOSE = 200  # files of one run each; beyond that they are folded
KEPT = 20  # of them that stay loose: what is worked on at the same time elsewhere is mostly among the newest


def history_folder(audits: str) -> str:
    """Return the folder of the record, relative to the root."""
    return f"{audits.rstrip('/')}/{FOLDER}"


def history(root: Path, audits: str) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return the runs on record, the oldest first, and a sentence for each file that cannot be read."""
    return _read(root, _files(root, audits))


def _files(root: Path, audits: str) -> list[Path]:
    folder = root / history_folder(audits)
    return sorted(path for pattern in ("*.json", "*.jsonl") for path in folder.glob(pattern))


def _read(root: Path, paths: Iterable[Path]) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    runs: list[Run] = []
    troubles = []
    for path in paths:
        try:
            runs += read_runs(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # folded by another run at this moment
        except (OSError, UnicodeDecodeError, UnreadableRunError) as error:
            troubles.append(f"{path.relative_to(root).as_posix()}: cannot be read ({error})")
    return ordered(runs), tuple(troubles)


def run_of(plan: Plan, whole: Record, run: RunRecord, now: Provenance, work: Work) -> Run:
    """Return a run as the record keeps it: where every criterion and task stood when it had ended."""
    found = standings(plan, whole, now)
    return Run(
        id=run.id,
        gate=run.gate,
        at=run.started,
        commit=now.commit or "",
        branch=run.branch,
        dirty=run.dirty,
        state=run.state,
        exit_status=run.exit_status,
        verdicts={each.criterion.id: each.known.verdict.word if run.dirty else each.word for each in found},
        tasks={each.task.id: each.status for each in task_states(plan, found, work)},
    )


def append(root: Path, audits: str, run: Run) -> str:
    """Write a run into the record, fold it when it has grown, and return the file's path.

    Raises:
        files.ReportError: it cannot be written.

    """
    relative = f"{history_folder(audits)}/{run_name(run)}"
    files.write_atomically(files.report_path(root, relative), run_text(run))
    if len(list((root / history_folder(audits)).glob("*.json"))) > LOOSE:
        fold(root, audits)
    return relative


def fold(root: Path, audits: str) -> None:
    """Fold the runs of single files into one file a month. What cannot be read stays where it is.

    The new files are there before the old ones go, so a fold that is cut short loses nothing.

    Raises:
        files.ReportError: it cannot be written.

    """
    loose = sorted((root / history_folder(audits)).glob("*.json"))[:-KEPT]
    months = {f"{path.name[:4]}-{path.name[4:6]}" for path in loose}
    packs = [path for path in (root / history_folder(audits)).glob("*.jsonl") if path.name[:7] in months]
    read = {path: _read(root, [path]) for path in (*loose, *packs)}
    whole = {path: runs for path, (runs, troubles) in read.items() if not troubles}
    texts = folded(run for runs in whole.values() for run in runs)
    for name, text in texts.items():
        files.write_atomically(files.report_path(root, f"{history_folder(audits)}/{name}"), text)
    for path in whole:
        if path.name not in texts:
            path.unlink(missing_ok=True)
