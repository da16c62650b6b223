"""All benchmarks that need nothing but this checkout, one after the other.

python benchmarks/run.py [NAME …]   names: idle, active, scale, reports_cost, lies, faults
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALONE = ("idle", "active", "scale", "reports_cost")  # minutes; lies and faults take longer and are named to be run


def main() -> int:
    """Run those that are asked for; exit 1 when one of them does."""
    failed = []
    for name in sys.argv[1:] or ALONE:
        print(f"\n## {name}\n", flush=True)
        if subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nover a limit, or ended early: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
