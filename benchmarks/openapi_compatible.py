"""What `openapi.compatible` costs, and how often it is right on pairs that carry a label.

    python benchmarks/openapi_compatible.py cost [--rounds N] BEFORE AFTER
    python benchmarks/openapi_compatible.py pairs [--profile oasdiff] FOLDER

`cost`: each look is a process of its own, imports included. The peer is what any comparison must do at the least: read
both documents with the fastest parser at hand (`json.loads`, PyYAML's C loader). The figure is the median of the paired
ratios of CPU time. `pairs`: a folder of folders, each with `before.*`, `after.*` and a file `label` that says
`breaking` or `fine`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

OURS = """
import sys
from datetime import date
from pathlib import Path
from pytest_coordguard.facts.openapi.compatible.comparison import compare
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.sides import READABLE, description_of
from pytest_coordguard.facts.repository import Repository
sides = [description_of(Repository(path.parent), path.name, path.name, READABLE) for path in map(Path, sys.argv[1:])]
print(len(compare(*sides, Options(date(2026, 1, 1))).differences), "differences")
"""
PARSE = """
import json, sys, yaml
from pathlib import Path
for path in map(Path, sys.argv[1:]):
    text = path.read_text()
    json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
print("read")
"""


def look(code: str, paths: list[Path]) -> tuple[float, float, str]:
    """Return CPU seconds, peak MiB and the output of one look."""
    command = [sys.executable, "-c", code, *map(str, paths)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = child.stdout.read().decode(errors="replace").strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output[-200:]


def cost(before: Path, after: Path, rounds: int) -> None:
    both = [before.resolve(), after.resolve()]
    looks = [(look(OURS, both), look(PARSE, both)) for _ in range(rounds)]
    ours, parse = (statistics.median(pair[side][0] for pair in looks) for side in (0, 1))
    ratio = statistics.median(pair[0][0] / pair[1][0] for pair in looks)
    size = sum(path.stat().st_size for path in both) / 1e6
    print(f"{size:.1f} MB in two documents, {rounds} rounds: {looks[0][0][2]}")
    print(f"ours {ours:.2f} CPU s, {looks[0][0][1]:.0f} MiB; parsing alone {parse:.2f} CPU s, {looks[0][1][1]:.0f} MiB")
    print(f"ours / parsing alone: {ratio:.2f}")


def pairs(folder: Path, profile: str) -> None:
    from pytest_coordguard.facts.openapi.compatible.comparison import compare
    from pytest_coordguard.facts.openapi.compatible.level import Level
    from pytest_coordguard.facts.openapi.compatible.options import Options
    from pytest_coordguard.facts.openapi.compatible.rules import level_of
    from pytest_coordguard.facts.openapi.validity import open_description
    from pytest_coordguard.facts.repository import Repository

    options = Options(date(2026, 1, 1), turned=profile == "contract")
    counted: Counter[tuple[str, bool]] = Counter()
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        names = [next(each.glob(f"{side}.*")).name for side in ("before", "after")]
        sides = [open_description(Repository(each), name).description for name in names]
        label = (each / "label").read_text().strip()
        found = compare(*sides, options).differences
        said = any(level_of(one.rule, profile) is Level.ERROR for one in found)
        counted[label, said] += 1
        if said != (label == "breaking"):
            print(f"{each.name}: {label}, and {'breaking' if said else 'fine'} here")
    for label, what in (("breaking", "found"), ("fine", "false alarms")):
        of = counted[label, True] + counted[label, False]
        print(f"{label}: {of} pairs, {what} {counted[label, True]} ({100 * counted[label, True] / max(of, 1):.1f} %)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    costs = commands.add_parser("cost")
    costs.add_argument("documents", nargs=2, type=Path)
    costs.add_argument("--rounds", type=int, default=3)
    costs.set_defaults(run=lambda options: cost(*options.documents, options.rounds))
    right = commands.add_parser("pairs")
    right.add_argument("folder", type=Path)
    right.add_argument("--profile", choices=("contract", "oasdiff"), default="contract")
    right.set_defaults(run=lambda options: pairs(options.folder, options.profile))
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
