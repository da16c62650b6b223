"""How many of the lies get through: the battery against this gate, as a table.

python benchmarks/lies.py [--python PYTHON …] [--only NAME …]   each interpreter brings its own pytest
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "coordguard_battery", Path(__file__).parents[1] / "tests" / "plugin" / "battery.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
battery = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = battery
_SPEC.loader.exec_module(battery)

MODES = {"serial": (), "-n 2": ("-n", "2")}


def version_of(python: str) -> str:
    """Return the pytest that an interpreter brings."""
    done = subprocess.run([python, "-m", "pytest", "--version"], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).strip()


def cell(name: str, python: str, arguments: tuple[str, ...]) -> str:
    """Return `ok`, or in what the gate was wrong."""
    with tempfile.TemporaryDirectory(prefix="lie-", ignore_cleanup_errors=True) as folder:
        result = battery.run(name, Path(folder), *arguments, python=python)
        return result.trouble(battery.EVERY[name]) or "ok"


def main() -> int:
    """Print the table; exit 1 when the gate was wrong anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=3)
    options = parser.parse_args()
    columns = [(p, version_of(p), mode, args) for p in options.python or [sys.executable] for mode, args in MODES.items()]
    names = options.only or sorted(battery.EVERY)
    wrong = 0
    print("| situation | " + " | ".join(f"{version}, {mode}" for _, version, mode, _ in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = {name: [pool.submit(cell, name, p, args) for p, _, _, args in columns] for name in names}
        for name, cells in rows.items():
            found = [one.result() for one in cells]
            wrong += sum(text != "ok" for text in found)
            print(f"| {name} | " + " | ".join(found) + " |", flush=True)
    honest = [name for name in names if name in battery.lies.HONEST]
    print(f"\n{len(names) - len(honest)} lies and {len(honest)} honest repositories, {len(columns)} ways: {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
