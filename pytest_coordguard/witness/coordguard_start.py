"""Starts the repository's pytest with the witness in it. Standard library and pytest alone, Python 3.9 or newer.

Run by its path, as `python …/coordguard_start.py <pytest's arguments>`: the same as `python -m pytest`, but that no
file of the repository can stand in for the witness, pytest, or what they import, whatever its name is.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Import the witness while the repository is not on the path; then put it where `python -m pytest` does."""
    given = {os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path}
    here, *whole = sys.path  # a script's own folder comes first
    sys.path[:] = [here, *(path for path in whole if os.path.abspath(path) not in given)]
    import coordguard_witness  # noqa: F401  # from here: `-p coordguard_witness` finds it imported
    import pytest

    sys.path[:] = [here, os.getcwd(), *whole]
    sys.argv[0] = os.path.join(os.path.dirname(pytest.__file__), "__main__.py")
    return int(pytest.console_main())


if __name__ == "__main__":
    sys.exit(main())
