"""What the cost benchmarks stand on: an environment with pytest alone, test suites, and counters.

Instructions are counted by cachegrind without its cache simulation: the same command gives the same count to one
part in ten thousand, on a busy machine as well. Memory is the peak of a process's resident set, from wait4(2).
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "Pygments")  # what a bare pytest needs; nothing else runs
COUNTER = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


NO_COLLECTION = "BENCH_NO_COLLECTION"
SITE = f"import gc, os\nif {NO_COLLECTION!r} in os.environ:\n    gc.disable()\n"


class NoCounter(RuntimeError):
    """Valgrind is not installed."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took."""

    returncode: int
    cpu: float  # seconds, user and system
    peak: int  # bytes of resident set, of the largest process
    wall: float  # seconds
    output: str


@contextmanager
def folder(prefix: str = "bench-") -> Iterator[Path]:
    """Yield a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def bare(place: Path) -> Path:
    """Make a virtual environment with pytest alone, copied from this one, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    for name in PYTEST:
        _copy(importlib.metadata.distribution(name), packages(place))
    (packages(place) / "sitecustomize.py").write_text(SITE)
    return place / "bin" / "python"


def packages(place: Path) -> Path:
    """Return the folder of an environment's packages."""
    return next((place / "lib").glob("python3*")) / "site-packages"


def _copy(distribution: importlib.metadata.Distribution, target: Path) -> None:
    for file in distribution.files or ():
        source = Path(str(distribution.locate_file(file)))
        if ".." not in file.parts and source.suffix != ".pyc" and source.is_file():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / file)


def install_wheel(place: Path, work: Path) -> None:
    """Build a wheel of this checkout, in a copy of it, and unpack it into an environment (PEP 427)."""
    source = work / "source"
    for name in ("pytest_coordguard", "guardrails"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, source / name)
    (source / "README.md").touch()
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run(
        [*build, str(work), str(source)], check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    )
    with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
        wheel.extractall(packages(place))


def install_editable(place: Path) -> bool:
    """Put the files of this environment's editable install into another; False when it has none."""
    distribution = importlib.metadata.distribution("pytest-coordguard")
    _copy(distribution, packages(place))
    return any(str(file).endswith(".pth") for file in distribution.files or ())


def suite(place: Path, tests: int, *, claims: Mapping[int, str] | None = None, per_file: int = 100) -> Path:
    """Write a repository of trivial tests and return its root; `claims` gives single tests a criterion."""
    (place / "tests").mkdir(parents=True)
    (place / "pytest.ini").write_text("[pytest]\nmarkers = criterion(id): a claim\n")
    (place / "counted.py").write_text("def same(number):\n    return number\n")  # a test of no code can hold nothing
    for start in range(0, tests, per_file):
        lines = ["import pytest", "", "from counted import same", ""]
        for number in range(start, min(tests, start + per_file)):
            if claims and number in claims:
                lines.append(f"@pytest.mark.criterion({claims[number]!r})")
            lines += [f"def test_{number}():", f"    assert same({number}) == {number}", ""]
        (place / "tests" / f"test_{start // per_file:04}.py").write_text("\n".join(lines))
    return place


def environment(*, bytecode: bool = True, **more: str) -> dict[str, str]:
    """Return an environment in which counts repeat: one hash seed, nothing of the caller's Python settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COORD"))}
    return {**kept, "PYTHONHASHSEED": "0", **({} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}), **more}


def instructions(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    """Return how many instructions a command executes; it must end with status 0.

    Raises:
        NoCounter: valgrind is not installed.

    """
    if shutil.which(COUNTER[0]) is None:
        raise NoCounter("valgrind is not installed: instructions cannot be counted")
    done = subprocess.run([*COUNTER, *argv], cwd=cwd, env=dict(env), capture_output=True, text=True, check=False)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return int(found[1].replace(",", ""))


def spend(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Spent:
    """Run a command and return what it took; its processor time includes its children's."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as sink:
        process = subprocess.Popen(list(argv), cwd=cwd, env=dict(env), stdout=sink, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        sink.seek(0)
        output = sink.read().decode("utf-8", "replace")
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(process.returncode, cpu, usage.ru_maxrss * 1024, time.monotonic() - started, output)


def own_peak() -> int:
    """Return the peak of this process's resident set in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def percent(part: float, whole: float) -> str:
    """Return by how much a figure is above another: "+1.5 %"."""
    return f"{100 * (part / whole - 1):+.2f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
