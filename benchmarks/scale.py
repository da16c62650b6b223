"""50,000 tests claimed by 2,000 criteria: what a gate run needs at its end, and how much memory its runner takes.

python benchmarks/scale.py [TESTS …]      default: 10000 50000; about five minutes

The judge is the one that `pytest -m preaudit` hands over to. A probe in it reads its own processor time (its children's
is not in it) and the peak of its largest child, the runner. "Ruling" is reading what the witness said and ruling on
every criterion; "end" is all after the last test: merging, rendering, validating and writing the reports, the summary.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import ground

from pytest_coordguard import handover

PER_CRITERION, PER_TASK = 25, 10
MEMORY, END, LINEAR = 1.08, 1.0, 1.1  # of bare pytest; seconds of CPU; of what the number of tests would make it
BARE = ("-q", "-p", "no:pytest_coordguard.plugin")
PROBE = '''"""Reads this process's clock where a gate run goes from one part to the next."""
import json, os, resource, time
import pytest
from pytest_coordguard import witnessing

spent = {"ruling": 0.0}


def timed(name):
    function = getattr(witnessing, name)

    def measured(*args):
        started = time.process_time()
        try:
            return function(*args)
        finally:
            spent["ruling"] += time.process_time() - started

    setattr(witnessing, name, measured)


timed("testify")
timed("verdict_of")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop():
    spent["start"] = time.process_time()
    yield
    spent["loop"] = time.process_time()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    spent["whole"] = time.process_time()
    spent["child"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    with open(os.environ["SCALE_PROBE"], "w") as file:
        json.dump(spent, file)
'''


def repository(place: Path, tests: int) -> Path:
    """Write a repository in which every test is a claim, 25 of a criterion."""
    criteria = [f"T-{n // PER_TASK}/claim-{n}" for n in range(tests // PER_CRITERION)]
    root = ground.suite(place, tests, claims={n: criteria[n // PER_CRITERION] for n in range(tests)})
    lines = ["version: 1", "project: Large", "tests: [tests]", "tasks:"]
    for number, name in enumerate(criteria):
        if number % PER_TASK == 0:
            lines += [f"  T-{number // PER_TASK}:", f"    title: Task {number // PER_TASK}", "    accept:"]
        lines += [f"      {name.partition('/')[2]}:", f"        text: Claim {number} holds"]
    (root / "coordguard.yaml").write_text("\n".join(lines) + "\n")
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "A large suite")):
        author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        done = ground.spend(["git", *author, *command], root, os.environ)
        if done.returncode:
            raise RuntimeError(done.output)
    return root


def judged(root: Path, work: Path) -> dict[str, float]:
    """Return what a gate run took, part by part; it must be green."""
    (work / "scale_probe.py").write_text(PROBE)
    argv, env = handover.command("preaudit", ["-q", "-m", "preaudit", "-p", "scale_probe"], root, root)
    env = {**env, **ground.environment(), "PYTHONPATH": str(work), "SCALE_PROBE": str(work / "spent.json")}
    done = ground.spend(argv, root, env)
    if done.returncode:
        raise RuntimeError(done.output[-2000:])
    spent: dict[str, float] = json.loads((work / "spent.json").read_text())
    status = json.loads((root / "docs/plans/task_status.json").read_text())
    if {each["verdict"] for each in status["criteria"]} != {"met"}:
        raise RuntimeError("not every criterion is met")
    return spent


def measure(tests: int) -> dict[str, float]:
    """Return the figures of a suite."""
    with ground.folder() as work:
        root = repository(work / "repository", tests)
        bare = ground.spend([sys.executable, "-m", "pytest", *BARE, "tests"], root, ground.environment())
        spent = judged(root, work)
    return {
        "tests": tests,
        "bare": bare.peak,
        "memory": spent["child"] / bare.peak,
        "start": spent["start"],
        "ruling": spent["ruling"],
        "items": spent["loop"] - spent["start"] - spent["ruling"],
        "end": spent["whole"] - spent["loop"],
    }


def main() -> int:
    """Print the table; exit 1 when a mark is missed."""
    sizes = [int(each) for each in sys.argv[1:]] or [10_000, 50_000]
    found = [measure(tests) for tests in sizes]
    rows = [
        (
            f"{each['tests']:,.0f}",
            f"{each['tests'] / PER_CRITERION:,.0f}",
            f"{each['bare'] / 2**20:.0f} MiB",
            f"{each['memory']:.3f}",
            *(f"{each[part]:.2f} s" for part in ("start", "items", "ruling", "end")),
        )
        for each in found
    ]
    head = ("tests", "criteria", "bare pytest", "runner, of bare", "judge: start", "its items", "ruling", "end")
    print(ground.table(head, rows))
    grown = found[-1]["tests"] / found[0]["tests"]
    missed = [f"memory at {each['tests']:,.0f}" for each in found if each["memory"] > MEMORY]
    missed += [f"end at {each['tests']:,.0f}" for each in found if each["end"] > END]
    missed += [part for part in ("ruling", "end") if found[-1][part] > found[0][part] * grown * LINEAR]
    print(
        f"\nmemory at most {MEMORY}, end under {END:g} s, linear: {', '.join(missed) + ' missed' if missed else 'held'}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
