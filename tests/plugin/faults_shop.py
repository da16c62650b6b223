"""The repository that is struck by faults: seven criteria of two kinds, and code that misbehaves when it is told to.

It is told by its environment (`FAULT`, `FAULT_AT`), so that a fault can strike the very commit that was green before.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")

PLAN = """\
version: 1
project: Shop
tests: [tests]
runner: {timeout: 40s}
tasks:
  T-1:
    title: Files
    accept:
      readme: {text: The readme is there, check: files.exist, files: [README.md]}
      works: {text: The program works, check: command.succeeds, run: python -m fault command}
  T-2:
    title: Totals
    accept:
      sum: {text: The total is the sum, tests: [tests/test_sum.py]}
      tax: {text: Tax is a fifth, tests: [tests/test_tax.py]}
  T-3:
    title: Discounts
    accept:
      cases: {text: Discounts hold in each case, tests: [tests/test_cases.py]}
      marked: {text: Discounts are never negative}
      slow: {text: Large orders end, tests: [tests/test_slow.py]}
"""
CRITERIA = ("T-1/readme", "T-1/works", "T-2/sum", "T-2/tax", "T-3/cases", "T-3/marked", "T-3/slow")

FAULT = '''\
"""Does what the environment says, where it says so."""

import os
import pathlib
import signal
import sys
import time


def strike(place):
    if os.environ.get("FAULT_AT") == place:
        globals()[os.environ["FAULT"]]()


def fails():
    raise AssertionError("struck" + secret())


def raises():
    raise RuntimeError("struck" + secret())


def secret():
    return " with api_key=" + os.environ["FAULT_VALUE"] if "FAULT_VALUE" in os.environ else ""


def prints():
    print("password:", os.environ["FAULT_VALUE"])
    print("Authorization: Bearer", os.environ["FAULT_VALUE"], file=sys.stderr)
    raise AssertionError("see the output")


def skips():
    import pytest

    pytest.skip("struck" + secret())


def skips_module():
    import pytest

    pytest.skip("struck" + secret(), allow_module_level=True)


def interrupts():
    raise KeyboardInterrupt


def pytest_exit():
    import pytest

    pytest.exit("struck" + secret(), returncode=0)


def sys_exit():
    sys.exit(0)


def os_exit():
    os._exit(0)


def segfault():
    os.kill(os.getpid(), signal.SIGSEGV)


def sigterm():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def sigkill():
    os.kill(os.getpid(), signal.SIGKILL)


def sleeps():
    pathlib.Path(os.environ["FAULT_NOTE"]).write_text(str(os.getpid()))
    time.sleep(120)


def dirties():
    with open("README.md", "a") as file:
        file.write("More.\\n")


def commits():
    run = "git -c user.name=A -c user.email=a@example.invalid -c commit.gpgsign=false commit -q --allow-empty -m More"
    assert os.system(run) == 0


def fails_once():
    note = pathlib.Path(os.environ["FAULT_NOTE"])
    if not note.exists():
        note.write_text("once")
        raise AssertionError("struck once")


if __name__ == "__main__":
    strike(sys.argv[1])
'''

CONFTEST = """\
import fault


def pytest_sessionstart(session):
    fault.strike("sessionstart")


def pytest_sessionfinish(session):
    fault.strike("sessionfinish")


def pytest_runtest_protocol(item):
    if item.name == "test_tax":
        fault.strike("protocol")


def pytest_runtest_makereport(item, call):
    if item.name == "test_tax" and call.when == "call":
        fault.strike("makereport")


def pytest_generate_tests(metafunc):
    import os

    if "rate" in metafunc.fixturenames:
        given = os.environ.get("FAULT_VALUE") if os.environ.get("FAULT_AT") == "parameter" else None
        metafunc.parametrize("rate", [given and "api_key=" + given or "a-fifth"])
"""

FILES = {
    ".gitignore": "__pycache__/\n*.pyc\n.pytest_cache/\n",
    "README.md": "A shop.\n",
    "coordguard.yaml": PLAN,
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "fault.py": FAULT,
    "shop.py": "def total(prices):\n    return sum(prices)\n\n\ndef tax(price):\n    return price / 5\n",
    "tests/conftest.py": CONFTEST,
    "tests/test_sum.py": (
        "from shop import total\n\n\ndef test_sum():\n    assert total([1, 2]) == 3\n\n\n"
        "def test_nothing():\n    assert total([]) == 0\n"
    ),
    "tests/test_tax.py": (
        "import fault\nimport pytest\nfrom shop import tax\n\nfault.strike('import')\n\n\n"
        "@pytest.fixture\ndef price():\n    fault.strike('fixture')\n    return 10\n\n\n"
        "def test_tax_of_nothing():\n    assert tax(0) == 0\n\n\n"
        "def test_tax(price):\n    fault.strike('tax')\n    assert tax(price) == 2\n\n\n"
        "def test_rate(rate):\n    fault.strike('parameter')\n    assert tax(5) == len(rate) / len(rate)\n"
    ),
    "tests/test_cases.py": (
        "import fault\nfrom shop import total\n\n\ndef test_cases(subtests):\n    for number in (1, 2):\n"
        "        with subtests.test(number=number):\n            if number == 1:\n"
        "                fault.strike('subtest')\n            assert total([number]) == number\n"
        "    assert total([]) == 0\n"
    ),
    "tests/test_marked.py": (
        "import pytest\nfrom shop import total\n\n\n@pytest.mark.criterion('T-3/marked')\n"
        "def test_never_negative():\n    assert total([0]) >= 0\n"
    ),
    "tests/test_slow.py": (
        "import fault\nimport pytest\nfrom shop import total\n\n\n"
        "@pytest.mark.timeout(2, method='thread')\n"
        "def test_slow():\n    fault.strike('slow')\n    assert total([1] * 100) == 100\n"
    ),
}

# What someone else's plugin may do to the judge itself; it lies outside the repository.
PLUGIN = """\
import os

import pytest

AT = os.environ.get("PLUGIN_AT")


def strike(place):
    if place == AT:
        raise RuntimeError("the plugin struck")


def pytest_sessionstart(session):
    strike("sessionstart")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    strike("sessionfinish")


def pytest_collection_modifyitems(items):
    strike("modifyitems")


def pytest_runtest_protocol(item):
    if "T-2/tax" in item.nodeid:
        strike("protocol")


def pytest_runtest_makereport(item, call):
    if "T-2/tax" in item.nodeid and call.when == "call":
        strike("makereport")


def pytest_terminal_summary():
    strike("terminal_summary")


def pytest_runtest_call(item):
    if "T-2/tax" in item.nodeid and AT == "exit":
        pytest.exit("the plugin struck", returncode=0)
    if "T-2/tax" in item.nodeid and AT == "os_exit":
        os._exit(0)
    if "T-2/tax" in item.nodeid and AT == "interrupt":
        raise KeyboardInterrupt
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def commit(folder: Path, message: str) -> None:
    """Commit all that is there."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def build(folder: Path) -> None:
    """Make the repository in an empty folder."""
    git(folder, "init", "-q", "-b", "main")
    write(folder, FILES)
    commit(folder, "Start")


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it printed."""
    done = subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()
