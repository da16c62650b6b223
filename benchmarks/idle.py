"""What the plugin costs a plain pytest run: installed and idle, against `-p no:pytest_coordguard.plugin`.

python benchmarks/idle.py      about a minute; needs valgrind

Counted in instructions. Start-up is a run of one test; the slope is that from 1 to 400 tests, so it holds for
10,000. The slope is counted without garbage collection, which falls on other tests when a process starts differently
and so moves it by half a percent either way. The environment holds pytest and this plugin alone, which makes the
ratio the dearest that there is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ground

START_UP = 0.015  # at most, of the same run without the plugin
COLD = 0.03  # the same where no bytecode is written
FEW, MANY = 1, 400
WITHOUT = ("-p", "no:pytest_coordguard.plugin")
RESOLUTION = 0.005  # addresses differ from process to process, and with them the order of some sets


def count(python: Path, root: Path, *more: str, collect: bool = True) -> int:
    """Return the instructions of a run of a suite, its caches warm, with or without garbage collection."""
    env = ground.environment(**({} if collect else {ground.NO_COLLECTION: "1"}))
    argv = [str(python), "-m", "pytest", "-q", *more]
    ground.spend(argv, root, env)
    return ground.instructions(argv, root, env)


def slope(python: Path, few: Path, many: Path, *more: str) -> float:
    """Return the instructions of one more test."""
    more_tests = count(python, many, *more, collect=False) - count(python, few, *more, collect=False)
    return more_tests / (MANY - FEW)


def count_cold(python: Path, root: Path, *more: str) -> int:
    """Return them for PYTHONDONTWRITEBYTECODE=1: what pytest rewrites for its asserts is rewritten at each start."""
    for top in (root, python.parents[1]):
        for cached in top.rglob("*-pytest-*.pyc"):
            cached.unlink()
    return ground.instructions([str(python), "-m", "pytest", "-q", *more], root, ground.environment(bytecode=False))


def installs(work: Path) -> dict[str, Path]:
    """Return an interpreter for each way of installing the plugin."""
    made = {"not installed": ground.bare(work / "bare"), "wheel": ground.bare(work / "wheel")}
    (work / "build").mkdir()
    ground.install_wheel(work / "wheel", work / "build")
    editable = ground.bare(work / "editable")
    if ground.install_editable(work / "editable"):
        made["editable"] = editable
    return made


def main() -> int:
    """Print the table; exit 1 when a mark is missed."""
    with ground.folder() as work:
        few = ground.suite(work / "few", FEW)
        many = ground.suite(work / "many", MANY)
        rows: list[tuple[str, ...]] = []
        missed = []
        pythons = installs(work)
        none = count(pythons.pop("not installed"), few)
        for name, python in pythons.items():
            off, on = count(python, few, *WITHOUT), count(python, few)
            slope_off, slope_on = slope(python, few, many, *WITHOUT), slope(python, few, many)
            cold_off, cold_on = (count_cold(python, few, *a) for a in (WITHOUT, ()))
            rows.append(
                (
                    name,
                    f"{off / 1e6:.1f} M",
                    ground.percent(on, off),
                    f"{(on - off) / 1e6:.2f} M",
                    ground.percent(on, none),
                    f"{slope_off / 1e3:.0f} k",
                    ground.percent(slope_on, slope_off),
                    ground.percent(cold_on, cold_off),
                )
            )
            missed += [f"{name}: start-up"] * (on > off * (1 + START_UP))
            missed += [f"{name}: start-up without bytecode"] * (cold_on > cold_off * (1 + COLD))
            missed += [f"{name}: per test"] * (slope_on > slope_off * (1 + RESOLUTION))
    head = (
        "install",
        "start-up, plugin off",
        "start-up, idle",
        "difference",
        "against not installed",
        "per test, plugin off",
        "per test, idle",
        "PYTHONDONTWRITEBYTECODE=1",
    )
    print(ground.table(head, rows))
    result = f"{'; '.join(missed)} missed" if missed else "held"
    print(f"\nat most {START_UP:+.1%} at start-up, nothing per test: {result}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
