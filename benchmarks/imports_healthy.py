"""CPU and memory of `imports.healthy` and `sweep.healthy` against what a user would run instead, in the same run.

    python benchmarks/imports_healthy.py REPOSITORY [--package app …] [--rounds 3]

compileall and ruff look at all files that git tracks; import-linter's grimp builds the graph of the packages named and
nominates what would break its cycles. No other tool resolves imports within the repository. The tools take turns,
each in a fresh process, so that all meet the same load; CPU seconds are user and system time of the process and its
children. Ratios are medians of the rounds' ratios. What each found is printed beside it: a fast tool that stopped at
the first broken file is no winner.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from ground import Spent, folder, spend, table

OURS = """
import sys
from pathlib import Path
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository
root, evidence = Path(sys.argv[1]), Evidence()
try:
    if sys.argv[2] == "imports":
        from pytest_coordguard.guardrails.test_import_health import test_imports_are_healthy as check
        check(Repository(root), evidence, Plan("", ""), Change(root, None, "no base", asked=False))
    else:
        from pytest_coordguard.guardrails.test_sweep import test_sweep_is_healthy as check
        check(Repository(root), evidence, Plan("", ""), at_most={"syntax_errors": 0, "F821": 0})
except Unmet:
    pass
print(", ".join(f"{measure.name} {measure.value}" for measure in evidence.measures[1:5]))
"""
COMPILED = """
import compileall, sys
files = open(sys.argv[1]).read().split(chr(0))
failed = sum(not compileall.compile_file(file, force=True, quiet=2, ddir="x") for file in files if file)
print(f"does not compile: {failed}")
"""
GRIMP = """
import sys
import grimp
sys.path.insert(0, ".")
graph = grimp.build_graph(*sys.argv[1:], cache_dir=None)
breakers = sum(len(graph.nominate_cycle_breakers(package)) for package in sys.argv[1:])
print(f"{len(graph.modules)} modules, cycle breakers: {breakers}")
"""


def commands(root: Path, packages: list[str], files: Path) -> dict[str, list[str]]:
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--statistics"]
    python = [sys.executable, "-c"]
    found = {
        "imports.healthy": [*python, OURS, str(root), "imports"],
        "sweep.healthy": [*python, OURS, str(root), "sweep"],
        "compileall": [*python, COMPILED, str(files)],
        "ruff, syntax alone": [*ruff, "--select", "W605", "."],
        "ruff, the sweep's rules": [*ruff, "--select", "E4,E7,E9,F,I001,W", "."],
    }
    if packages:
        found["grimp, cycles"] = [*python, GRIMP, *packages]
    return found


def told(spent: Spent) -> str:
    lines = [line.strip() for line in spent.output.splitlines() if line.strip()]
    syntax = re.search(r"^\s*(\d+)\s+.*invalid-syntax", spent.output, re.MULTILINE)
    if syntax:
        return f"{syntax[1]} syntax errors, {len(lines) - 1} rules"
    return (lines[-1][:110] if lines else "nothing") + (f" (exit {spent.returncode})" if spent.returncode > 1 else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--package", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    root = options.repository.resolve()
    with folder() as work:
        listed = subprocess.run(["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, check=True).stdout
        files = work / "files"
        files.write_bytes(listed)
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(work / "cache")}
        tools = commands(root, options.package, files)
        rounds = [{tool: spend(argv, root, environment) for tool, argv in tools.items()} for _ in range(options.rounds)]
    base = next(iter(tools))
    rows = []
    for tool in tools:
        runs = [results[tool] for results in rounds]
        ratio = statistics.median(results[tool].cpu / results[base].cpu for results in rounds)
        cpu, peak = statistics.median(run.cpu for run in runs), max(run.peak for run in runs)
        rows.append((tool, f"{cpu:.2f}", f"{ratio:.2f}", f"{peak / 2**20:.0f}", told(runs[-1])))
    print(table(("tool", "CPU s", "x ours", "MiB", "finds"), rows))


if __name__ == "__main__":
    main()
