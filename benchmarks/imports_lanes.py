"""CPU and memory of `imports.lanes` against import-linter and ruff's banned-api (TID251), in the same run.

    python benchmarks/imports_lanes.py REPOSITORY --lane app --lane core --forbid candidate [--rounds 5] [--whole]

By default import-linter is shown the lanes alone, so it follows no import through another package. `--whole` asks it
what `imports.lanes` is asked: with every package as a root, in a copy of the modules without those that stop it.

The tools take turns, each in a fresh process, so that all meet the same load; CPU seconds are user and system time of
the process and of its children, memory is the peak of its resident set. Ratios are medians of the rounds' ratios.
What each tool reports is printed beside it: a fast tool that saw nothing is no winner.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

OURS = """
import sys
from pathlib import Path
from pytest_coordguard.guardrails.test_imports import test_imports_lanes
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet
from pytest_coordguard.facts.repository import Repository
root, lane, forbid, through = sys.argv[1:]
try:
    test_imports_lanes(
        Repository(Path(root)), Evidence(), lane=lane.split(","), forbid=forbid.split(","), through=through
    )
except Unmet as unmet:
    sys.exit(str(unmet))
"""


WHOLE = "import-linter, all packages"


@dataclass(frozen=True, slots=True)
class Run:
    cpu: float  # seconds
    wall: float  # seconds
    peak: float  # MiB
    status: int
    output: str


def measured(argv: list[str], cwd: Path) -> Run:
    with tempfile.TemporaryFile() as out:
        started = time.monotonic()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), str(cwd)])}
        child = subprocess.Popen(argv, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
        cpu = usage.ru_utime + usage.ru_stime
        return Run(cpu, time.monotonic() - started, usage.ru_maxrss / 1024, child.returncode, text)


def commands(options: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    lane, forbid = options.lane, options.forbid
    banned = "\n".join(f'"{name}".msg = "banned"' for name in forbid)
    (folder / "ruff.toml").write_text(f'[lint]\nselect = ["TID251"]\n[lint.flake8-tidy-imports.banned-api]\n{banned}\n')
    packages = [name.replace("/", ".") for name in lane]
    (folder / "lanes.cfg").write_text(
        "[importlinter]\ninclude_external_packages = True\nroot_packages =\n"
        + "".join(f"    {name}\n" for name in sorted({name.partition(".")[0] for name in packages}))
        + "[importlinter:contract:lanes]\nname = lanes\ntype = forbidden\nsource_modules =\n"
        + "".join(f"    {name}\n" for name in packages)
        + "forbidden_modules =\n"
        + "".join(f"    {name}\n" for name in forbid)
    )
    scripts = Path(sys.executable).parent
    ours = [sys.executable, "-c", OURS, str(options.repository), ",".join(lane), ",".join(forbid)]
    linter = [str(scripts / "lint-imports"), "--config", str(folder / "lanes.cfg")]
    return {
        "ours, through other modules": [*ours, "fail"],
        "ours, direct": [*ours, "ignore"],
        "ruff TID251": [
            str(scripts / "ruff"), "check", "--config", str(folder / "ruff.toml"), "--no-cache", "--ignore-noqa",
            "--output-format", "concise", *lane,
        ],
        "import-linter, no cache": [*linter, "--no-cache"],
        "import-linter, cold cache": [*linter, "--cache-dir", str(folder / "cold")],
        "import-linter, warm cache": [*linter, "--cache-dir", str(folder / "warm")],
    }  # fmt: skip


def whole(options: argparse.Namespace, folder: Path) -> tuple[list[str], Path]:
    """Return import-linter's command with every package as a root, and the copy in which it gets to an end."""
    copy = folder / "copy"
    for path in sorted(options.repository.rglob("*.py")):
        place = path.relative_to(options.repository)
        if path.is_file() and not any(part.startswith(".") for part in place.parts):
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / place)
    roots = sorted(path.parent.name for path in copy.glob("*/__init__.py") if path.parent.name.isidentifier())
    text = (folder / "lanes.cfg").read_text()
    listed = "".join(f"    {name}\n" for name in roots)
    config = folder / "whole.cfg"
    config.write_text(re.sub(r"root_packages =\n(?:    .*\n)*", f"root_packages =\n{listed}", text))
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", str(config), "--no-cache"]
    stopped = 0
    while culprit := _culprit(measured(command, copy).output, copy):
        culprit.unlink()
        stopped += 1
    print(f"import-linter came to an end when {stopped} modules that it stops at were gone")
    return command, copy


def _culprit(output: str, copy: Path) -> Path | None:
    """Return the module at which import-linter stopped; it breaks a long path over lines."""
    found = re.search(rf"{re.escape(str(copy))}/\S+?\.py(?=,? ?line)", re.sub(r"\n", "", output))
    return Path(found[0]) if found and Path(found[0]).exists() else None


def one_round(tools: dict[str, list[str]], places: dict[str, Path], repository: Path, folder: Path) -> dict[str, Run]:
    shutil.rmtree(folder / "cold", ignore_errors=True)  # a CI machine comes without one
    return {tool: measured(argv, places.get(tool, repository)) for tool, argv in tools.items()}


def reported(run: Run) -> str:
    direct = len(set(re.findall(r"^\S+?:\d+(?=: (?:imports '[^']+' \(|loads|names|leads))", run.output, re.MULTILINE)))
    banned = len(set(re.findall(r"^\S+?:\d+(?=:\d+: TID251)", run.output, re.MULTILINE)))
    ends = re.findall(r"^(?:-   |    )(\S+) -> \S+ \((l\.[^)]*)\)$", run.output, re.MULTILINE)
    linked = len({(module, line) for module, listed in ends for line in listed.split(", ")})
    lines = direct or banned or linked
    last = next((line for line in reversed(run.output.splitlines()) if line.strip()), "")
    return f"{lines} lines" if lines else f"nothing ({last.strip()[:70]})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--lane", action="append", required=True)
    parser.add_argument("--forbid", action="append", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    options.repository = options.repository.resolve()
    with tempfile.TemporaryDirectory() as name:
        tools = commands(options, Path(name))
        measured(tools["import-linter, warm cache"], options.repository)
        places: dict[str, Path] = {}
        if options.whole:
            tools[WHOLE], places[WHOLE] = whole(options, Path(name))
        rounds = [one_round(tools, places, options.repository, Path(name)) for _ in range(options.rounds)]
    base = next(iter(tools))
    print(f"{'':28} {'CPU s':>7} {'x ours':>7} {'wall s':>7} {'MiB':>6}  exit  reports")
    for tool in tools:
        runs = [results[tool] for results in rounds]
        ratio = statistics.median(results[tool].cpu / results[base].cpu for results in rounds)
        cpu, wall = statistics.median(r.cpu for r in runs), statistics.median(r.wall for r in runs)
        peak = max(run.peak for run in runs)
        print(f"{tool:28} {cpu:7.2f} {ratio:7.2f} {wall:7.2f} {peak:6.0f}  {runs[-1].status:4}  {reported(runs[-1])}")


if __name__ == "__main__":
    main()
