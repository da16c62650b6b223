"""Strikes a repository that was green, and grades what lies on disk afterwards.

TRUE: every criterion is shown with its fate. PARTIAL: what is shown is true, some were not judged, and it says so.
KEPT: nothing was judged, so the files stay as they were. SAID: the files cannot be written; the exit status, the
terminal and the reading commands say so. All else is a fault of the gate: LIE, STALE, SILENT, NONE, LEFT (a process
outlives the run), EXIT (a status that is not among those that are right), HANGS.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from uuid import uuid4


def beside(name: str) -> ModuleType:
    """Import a module of this folder by its file: the tests are no package."""
    if (known := sys.modules.get(f"coordguard_{name}")) is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"coordguard_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


shop = beside("faults_shop")
faults = beside("faults")

GOOD = ("TRUE", "PARTIAL", "KEPT", "SAID")
LIMIT = 60.0  # seconds that a struck run may take
GRACE = 2.0  # seconds after its end in which the last of its processes must be gone
STATUS = "docs/plans/task_status.json"
CHECKLIST = "docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md"
DASHBOARD = "docs/plans/COORDINATION_DASHBOARD.md"
QUIET = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_"))
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    exit: int | None  # None: it did not, and was killed
    output: str
    left: tuple[str, ...] = ()  # the processes that outlived it


@dataclass(frozen=True, slots=True)
class Reading:
    """What someone reads after a run: the files, and the commands that read them."""

    files: dict[str, bytes]
    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    state: str = ""
    ticked: frozenset[str] = frozenset()  # in the checklist
    counted: dict[str, int] = field(default_factory=dict)  # task -> criteria met, in the dashboard
    closing: dict[str, str] = field(default_factory=dict)  # criterion -> word, of `coordguard next`

    @property
    def shown_met(self) -> frozenset[str]:
        """The criteria that the status file shows as met here and now."""
        return frozenset(name for name, row in self.rows.items() if row["verdict"] == "met" and not row["stale"])

    @property
    def said_met(self) -> frozenset[str]:
        """The criteria that `coordguard next` has nothing to say of."""
        return frozenset(shop.CRITERIA) - frozenset(self.closing)


def green(folder: Path) -> Path:
    """Make the repository in an empty folder and run the gate once, so that its reports are green."""
    shop.build(folder)
    ended = gate(folder, {}, folder.parent)
    assert ended.exit == 0, ended.output
    return folder


def struck(fault: object, repo: Path, state: str, box: Path) -> Ended:
    """Run the gate in a green repository and let the fault strike. `box` is for what lies outside of it."""
    shop.write(box, {"outside/bad_plugin.py": shop.PLUGIN})
    edit(repo, fault.files)
    env = {"FAULT": fault.does, "FAULT_AT": fault.at} if fault.at else {}
    env |= {"PLUGIN_AT": fault.plugin, "PYTHONPATH": str(box / "outside")} if fault.plugin else {}
    arguments = (*faults.STATES[state], *fault.arguments)
    with disk(fault.disk, repo / "docs"):
        return gate(repo, env, box, *arguments, fault=fault)


def edit(repo: Path, files: dict[str, str]) -> None:
    """Change files; of the plan, the line of the runner."""
    for name, text in files.items():
        plan = shop.PLAN.replace("timeout: 40s", text)
        shop.write(repo, {name: plan if name == "coordguard.yaml" else text})


def gate(
    repo: Path, env: dict[str, str], box: Path, *arguments: str, fault: object = None, seconds: float = LIMIT
) -> Ended:
    """Run `pytest -m preaudit` and wait for it and for all that it started."""
    cell = uuid4().hex
    note, log = box / f"note-{cell}", box / f"log-{cell}"
    (box / "tmp").mkdir(exist_ok=True)
    told = {**QUIET, **env, "FAULT_CELL": cell, "FAULT_NOTE": str(note), "TMPDIR": str(box / "tmp")}
    argv = [sys.executable, "-m", "pytest", "-m", "preaudit", "-p", "no:cacheprovider", *arguments]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            argv, cwd=repo, env=told, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )
        try:
            if fault is not None and fault.send and awaited(note, process, seconds):
                os.kill(process.pid if fault.to == "judge" else worker_of(note, process.pid), fault.send)
            status: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
            process.kill()
            process.wait()
    return Ended(status, log.read_text(errors="replace"), left_behind(cell))


def awaited(note: Path, process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until the repository's test sleeps; return False when the run ends before."""
    end = time.monotonic() + seconds
    while not (note.exists() and note.read_text()) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
    return process.poll() is None


def worker_of(note: Path, judge: int) -> int:
    """Return the worker of the judge that the sleeping test descends from."""
    here = int(note.read_text())
    while (above := parent(here)) != judge:
        here = above
    return here


def parent(process: int) -> int:
    """Return a process's parent."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def left_behind(cell: str) -> tuple[str, ...]:
    """Return the processes of a run that are there yet after its time of grace, and end them."""
    end = time.monotonic() + GRACE
    while (found := processes(cell)) and time.monotonic() < end:
        time.sleep(0.05)
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return tuple(found.values())


def processes(cell: str) -> dict[int, str]:
    """Return the processes that belong to a run, and their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"FAULT_CELL={cell}".encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return found


@contextlib.contextmanager
def disk(what: str, folder: Path) -> Iterator[None]:
    """Let a folder lie on a disk that is full, or cannot be written to."""
    if not what:
        yield
        return
    if what == "read-only":
        mount("--bind", str(folder), str(folder))
        mount("-o", "remount,ro,bind", str(folder))
    else:
        aside = folder.with_name("docs-aside")
        shutil.copytree(folder, aside)
        mount("-t", "tmpfs", "-o", "size=64k", "none", str(folder))
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)
        fill(folder / "junk")
    try:
        yield
    finally:
        kept = folder.with_name("docs-kept")
        shutil.copytree(folder, kept)
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)
        kept.rename(folder)


def mount(*arguments: str) -> None:
    """Mount, or raise OSError where that is not allowed."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"cannot mount: {done.stderr.strip()}")


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 512):
            pass


def read(repo: Path) -> Reading:
    """Read what lies on disk, by the files and by the reading command."""
    files = {name: (repo / name).read_bytes() for name in (STATUS, CHECKLIST, DASHBOARD) if (repo / name).exists()}
    closing = said(repo)
    try:
        document = json.loads(files[STATUS])
        rows = {row["id"]: row for row in document["criteria"]}
    except (KeyError, ValueError):
        return Reading(files, closing=closing)
    ticked = re.findall(r"^- \[x\] `([^`]+)`", files.get(CHECKLIST, b"").decode(), re.MULTILINE)
    counted = re.findall(
        r"^\| (T-\d) \|.*\| (\d+) of \d+ \(\d+ %\) \|", files.get(DASHBOARD, b"").decode(), re.MULTILINE
    )
    return Reading(
        files, rows, document["run"]["state"], frozenset(ticked), {task: int(n) for task, n in counted}, closing
    )


def said(repo: Path) -> dict[str, str]:
    """Return what `coordguard next` says closes the gate: criterion -> word."""
    command = [sys.executable, "-m", "pytest_coordguard.cli", "next", "--gate", "preaudit", "--json"]
    done = subprocess.run(command, cwd=repo, env=QUIET, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return dict.fromkeys(shop.CRITERIA, "unreadable")
    return {step["id"]: step["verdict"] for step in json.loads(done.stdout)["next"]}


def grade(fault: object, before: Reading, after: Reading, ended: Ended) -> str:
    """Return one word, and what is wrong where something is."""
    if ended.left:
        return f"LEFT {ended.left[0]}"
    if ended.exit is None:
        return "HANGS"
    if ended.exit not in fault.exits:
        return f"EXIT {ended.exit}"
    if after.files == before.files:
        return unchanged(fault, after, ended)
    if not after.rows:
        return "NONE" if not (fault.disk and said_of(fault, after, ended)) else "SAID"
    return wrong(fault, before, after) or completeness(fault, after, ended)


def unchanged(fault: object, after: Reading, ended: Ended) -> str:
    """Grade a run that left all files as they were."""
    if fault.kept:
        return "KEPT"
    return "SAID" if fault.disk and said_of(fault, after, ended) else "STALE"


def said_of(fault: object, after: Reading, ended: Ended) -> bool:
    """Tell whether the terminal says that nothing could be written, and the reading command believes no old file."""
    doomed = {name for name, fate in fault.fates.items() if "met" not in fate}
    return "not written" in ended.output and not doomed & after.said_met


def wrong(fault: object, before: Reading, after: Reading) -> str:
    """Return what is shown and is not so."""
    shown = after.shown_met | after.ticked | after.said_met
    doomed = set(shop.CRITERIA) if fault.stales else {name for name, fate in fault.fates.items() if "met" not in fate}
    if lies := sorted(doomed & shown):
        return f"LIE {', '.join(lies)}"
    for name in shop.CRITERIA:
        verdict, fate = after.rows[name]["verdict"], fault.fates.get(name, faults.OPEN)
        if name in shown and name.startswith(fault.selects) and after.rows[name]["run"] == before.rows[name]["run"]:
            return f"STALE {name}"
        if verdict not in fate | {"not_run"}:
            return f"WRONG {name} is {verdict}: {after.rows[name]['message']}"
    return disagreement(after)


def disagreement(after: Reading) -> str:
    """Return where the three reports differ."""
    if after.ticked != after.shown_met:
        return f"LIE the checklist ticks {sorted(after.ticked ^ after.shown_met)} otherwise"
    for task, count in after.counted.items():
        if count != sum(name.startswith(f"{task}/") for name in after.shown_met):
            return f"LIE the dashboard counts {count} for {task}"
    return ""


def completeness(fault: object, after: Reading, ended: Ended) -> str:
    """Grade a reading in which nothing is wrong by how much it tells."""
    missing = [
        name
        for name in shop.CRITERIA
        if after.rows[name]["verdict"] not in fault.fates.get(name, faults.OPEN) or after.rows[name]["stale"]
    ]
    if not missing or (fault.stales and not [m for m in missing if after.rows[m]["verdict"] == "not_run"]):
        return "TRUE"
    return "PARTIAL" if ended.exit and (after.state != "complete" or told(after, missing)) else f"SILENT {missing}"


def told(after: Reading, missing: list[str]) -> bool:
    """Tell whether each criterion that was not judged says why."""
    return all(after.rows[name]["message"] or after.rows[name]["stale"] for name in missing)


def cell(name: str, state: str, source: Path, box: Path, *, moved: bool) -> str:
    """Strike a copy of a green repository and grade it; `moved`: on a commit after the green one."""
    fault = faults.FAULTS[name]
    repo = box / "repo"
    shutil.copytree(source, repo, symlinks=True)
    if moved:
        shop.git(repo, "commit", "-q", "--allow-empty", "-m", "Next")
    before = read(repo)
    try:
        ended = struck(fault, repo, state, box)
    except OSError as error:
        return f"SKIPPED {error}"
    word = grade(fault, before, read(repo), ended)
    (box / "graded").write_text(f"{name} {state} {word}\nexit {ended.exit}\n{ended.output}")
    return word
