"""CPU and peak memory of `openapi.valid` against openapi-spec-validator, on the same documents in one run.

    python benchmarks/openapi_valid.py [--rounds N] DOCUMENT…

Each look is a process of its own, imports included, the two tools by turns; the figure is the median of the paired
ratios of CPU time (user + system of that process). A document of one file is read; its folder is its repository.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

OURS = """
import sys
from pathlib import Path
from pytest_coordguard.facts.openapi.validity import examine
from pytest_coordguard.facts.repository import Repository
path = Path(sys.argv[1]).resolve()
sys.exit(bool(examine(Repository(path.parent), path.name).findings))
"""
THEIRS = """
import sys
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename
try:
    document, base = read_from_filename(sys.argv[1])
    validate(document, base_uri=base)
except Exception as error:
    print(type(error).__name__, str(error)[:100].replace(chr(10), " "))
    sys.exit(1)
"""


def look(code: str, path: str) -> tuple[float, float, int, str]:
    """Return CPU seconds, peak MiB, exit status and output of one look."""
    child = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = child.stdout.read().decode(errors="replace").strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode, output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("document | MB | ours: CPU s, MiB, exit | theirs: CPU s, MiB, exit | theirs/ours CPU")
    for path in options.documents:
        pairs = [(look(OURS, str(path)), look(THEIRS, str(path))) for _ in range(options.rounds)]
        ours, theirs = pairs[0]
        cpu = [statistics.median(pair[side][0] for pair in pairs) for side in (0, 1)]
        ratio = statistics.median(b[0] / a[0] for a, b in pairs)
        size = path.stat().st_size / 1e6
        print(
            f"{path.name} | {size:.2f} | {cpu[0]:.2f}, {ours[1]:.0f}, {ours[2]} | "
            f"{cpu[1]:.2f}, {theirs[1]:.0f}, {theirs[2]} | {ratio:.1f}  {ours[3][-200:]} {theirs[3]}"
        )


if __name__ == "__main__":
    main()
