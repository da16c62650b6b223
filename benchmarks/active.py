"""What the witness costs inside the repository's own pytest, one test in ten a claim, against bare pytest.

python benchmarks/active.py      about two minutes; needs valgrind

Counted in instructions, as the slope from 1 to 400 tests. In a gate run the witness lets nothing but claims run, so
a run of it is cheaper than a bare one by all other tests; to compare like with like, "every test run" puts those
back into the list behind the witness, and each trivial test is run with the witness in place. "Claims alone" is
what a gate run really does. `--junitxml` stands beside them, counted the same way in the same run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ground

AT_MOST = 0.03  # per trivial test
FEW, MANY, EVERY = 1, 400, 10
ARGUMENTS = ("-q", "-k", "", "--maxfail=0", "--color=no", "--continue-on-collection-errors")
START = ground.ROOT / "pytest_coordguard" / "witness" / "coordguard_start.py"
BACK = '''"""Puts the tests that the witness has left out back into the list, so that each is run."""
import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    every = list(items)
    yield
    items[:] = every
'''


def claims(tests: int) -> dict[int, str]:
    """Return the criterion that one test in ten claims: 40 criteria of 400 tests."""
    return {number: f"T-{number // EVERY % 7}/claim-{number}" for number in range(0, tests, EVERY)}


def spec(root: Path, ids: list[str]) -> dict[str, object]:
    """Return what the runner leaves for the witness."""
    empty: dict[str, object] = {"claims": {}, "paths": [], "done": [], "guardrails": {}, "mark": ""}
    return {"key": "00" * 32, "root": str(root), "gate": "preaudit", "criteria": ids, "select": ids, **empty}


def count(python: Path, root: Path, tests: int, way: str) -> int:
    """Return the instructions of a run of a suite."""
    argv = [str(python), "-m", "pytest", *ARGUMENTS]
    env = ground.environment()
    with ground.folder() as folder:
        if way == "junitxml":
            argv.append(f"--junitxml={folder / 'junit.xml'}")
        if way.startswith("witness"):
            argv[1:3] = [str(START), "-p", "coordguard_witness"]
            env["COORDGUARD_WITNESS"] = str(folder)
            (folder / "spec.json").write_text(json.dumps(spec(root, list(claims(tests).values()))))
        if way == "witness, every test run":
            (folder / "put_back.py").write_text(BACK)
            env["PYTHONPATH"] = str(folder)
            argv += ["-p", "put_back"]
        found = ground.instructions([*argv, "tests"], root, env)
        said = "".join(path.read_text() for path in folder.glob("events-*.jsonl"))
    if way.startswith("witness") and said.count('"finish"') != len(claims(tests)):
        raise RuntimeError(f"{way}: {said.count(chr(34) + 'finish')} of {len(claims(tests))} claims were heard of")
    return found


def main() -> int:
    """Print the table; exit 1 when the mark is missed."""
    ways = ("bare", "witness, every test run", "witness, claims alone", "junitxml")
    with ground.folder() as work:
        python = ground.bare(work / "bare")
        few = ground.suite(work / "few", FEW, claims=claims(FEW))
        many = ground.suite(work / "many", MANY, claims=claims(MANY))
        for root in (few, many):
            ground.spend([str(python), "-m", "pytest", "-q"], root, ground.environment())
        ground.spend([str(python), str(START), "--version"], few, ground.environment())
        start = {way: count(python, few, FEW, way) for way in ways}
        slope = {way: (count(python, many, MANY, way) - start[way]) / (MANY - FEW) for way in ways}
    rows = [
        (
            way,
            f"{start[way] / 1e6:.1f} M",
            ground.percent(start[way], start["bare"]),
            f"{slope[way] / 1e3:.0f} k",
            ground.percent(slope[way], slope["bare"]),
        )
        for way in ways
    ]
    print(ground.table(("run", "start-up", "against bare", "per test", "against bare"), rows))
    missed = slope["witness, every test run"] > slope["bare"] * (1 + AT_MOST)
    print(f"\nat most {AT_MOST:+.1%} per trivial test, one in {EVERY} a claim: {'missed' if missed else 'held'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
