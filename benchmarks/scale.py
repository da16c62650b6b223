"""50,000 tests and 2,000 criteria: what a gate run needs at its end, and how much memory its two processes take.

python benchmarks/scale.py [TESTS …]      default: 10000 50000; about five minutes

Each size is run twice: with one test in ten a claim, for which the marks hold, and with every test a claim. The judge
is the one that `pytest -m preaudit` hands over to. A probe in it reads its own processor time (its children's is not in
it). "Ruling" is reading what the witness said and ruling on every criterion; "end" is all after the last test: merging,
rendering, validating and writing the reports, the summary. Memory is the peak of a process's resident set as Linux
counts it since the program began (VmHWM, proc(5)), read in each process at its own end.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import ground

from pytest_coordguard import handover

PER_CRITERION, PER_TASK = 25, 10  # tests, of which one in ten claims it, or all; criteria
MEMORY, END, LINEAR = 1.08, 1.0, 1.1  # of bare pytest; seconds of CPU; of what the number of tests would make it
BARE = ("-q", "-p", "no:pytest_coordguard.plugin")
PEAK = '''
def peak():
    """Return this process's peak of memory in bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
'''
IN_THE_SUITE = (
    '''"""Reads the peak of the process that runs the tests."""
import os
import pytest

FILE = os.path.join(os.path.dirname(__file__), "peak.txt")
'''
    + PEAK
    + """

@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    with open(FILE, "w") as file:
        file.write(str(peak()))
"""
)
PROBE = (
    '''"""Reads this process's clock where a gate run goes from one part to the next."""
import json, os, time
import pytest
from pytest_coordguard import witnessing

spent = {"ruling": 0.0}
'''
    + PEAK
    + """

def timed(name):
    function = getattr(witnessing, name)

    def measured(*args):
        started = time.process_time()
        try:
            return function(*args)
        finally:
            spent["ruling"] += time.process_time() - started

    setattr(witnessing, name, measured)


timed("_hear")
timed("verdict_of")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop():
    spent["start"] = time.process_time()
    yield
    spent["loop"] = time.process_time()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    spent["whole"] = time.process_time()
    spent["judge"] = peak()
    with open(os.environ["SCALE_PROBE"], "w") as file:
        json.dump(spent, file)
"""
)


def repository(place: Path, tests: int, every: int) -> Path:
    """Write a repository in which one test in `every` is a claim; each criterion's claims lie in many files."""
    criteria = [f"T-{n // PER_TASK}/claim-{n}" for n in range(tests // PER_CRITERION)]
    claims = {n: criteria[n // every % len(criteria)] for n in range(0, tests, every)}
    root = ground.suite(place, tests, claims=claims)
    (root / "conftest.py").write_text(IN_THE_SUITE)
    (root / ".gitignore").write_text("peak.txt\n")
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
    argv, env = handover.command("preaudit", ["-q", "-m", "preaudit", "-p", "scale_probe"], root)
    env = {**env, **ground.environment(), "PYTHONPATH": str(work), "SCALE_PROBE": str(work / "spent.json")}
    done = ground.spend(argv, root, env)
    if done.returncode:
        raise RuntimeError(done.output[-2000:])
    spent: dict[str, float] = json.loads((work / "spent.json").read_text())
    status = json.loads((root / "docs/plans/task_status.json").read_text())
    if {each["verdict"] for each in status["criteria"]} != {"met"}:
        raise RuntimeError("not every criterion is met")
    return spent


def measure(tests: int, every: int) -> dict[str, float]:
    """Return the figures of a suite."""
    with ground.folder() as work:
        root = repository(work / "repository", tests, every)
        ground.spend([sys.executable, "-m", "pytest", *BARE, "tests"], root, ground.environment())
        bare = int((root / "peak.txt").read_text())
        spent = judged(root, work)
        runner = int((root / "peak.txt").read_text())
    return {
        "tests": tests,
        "every": every,
        "bare": bare,
        "runner": runner / bare,
        "judge": spent["judge"] / bare,
        "start": spent["start"],
        "ruling": spent["ruling"],
        "items": spent["loop"] - spent["start"] - spent["ruling"],
        "end": spent["whole"] - spent["loop"],
    }


def row(each: dict[str, float]) -> tuple[str, ...]:
    """Return a line of the table."""
    return (
        f"{each['tests']:,.0f}",
        f"{each['tests'] / each['every']:,.0f}",
        f"{each['tests'] / PER_CRITERION:,.0f}",
        f"{each['bare'] / 2**20:.0f} MiB",
        *(f"{each[process]:.3f}" for process in ("runner", "judge")),
        *(f"{each[part]:.2f} s" for part in ("start", "items", "ruling", "end")),
    )


def main() -> int:
    """Print the table; exit 1 when a mark is missed."""
    sizes = [int(each) for each in sys.argv[1:]] or [10_000, 50_000]
    found = [measure(tests, 10) for tests in sizes]
    dense = [measure(tests, 1) for tests in sizes]
    head = (
        "tests",
        "claims",
        "criteria",
        "bare",
        "runner, of bare",
        "judge, of bare",
        "start",
        "items",
        "ruling",
        "end",
    )
    print(ground.table(head, [row(each) for each in (*found, *dense)]))
    grown = found[-1]["tests"] / found[0]["tests"]
    missed = [f"memory at {each['tests']:,.0f}" for each in found if max(each["runner"], each["judge"]) > MEMORY]
    missed += [f"end at {each['tests']:,.0f}" for each in found if each["end"] > END]
    missed += ["linear end"] * (found[-1]["end"] > found[0]["end"] * grown * LINEAR)
    print(
        f"\nmemory at most {MEMORY}, end under {END:g} s, linear: {', '.join(missed) + ' missed' if missed else 'held'}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
