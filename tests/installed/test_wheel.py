"""What a user gets: the wheel, in an environment of its own, however the plugin is loaded."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OUTSIDE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_", "GIT_", "PYTHON"))
}
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
MADE = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info", "audits", "samples")
PLAN = """\
version: 1
tasks:
  T-1:
    title: Wheel
    accept:
      readme: {text: There is a README, check: files.exist, files: README.md}
      lanes: {text: The shop imports no toys, check: imports.lanes, lane: shop.py, forbid: toys}
      secrets: {text: No file holds a secret, check: secrets.absent}
      tests: {text: The tests pass, tests: [tests]}
"""
FILES = {
    "coordguard.yaml": PLAN,
    "README.md": "# Shop\n",
    ".gitignore": "__pycache__/\n",
    "toys/__init__.py": "",
    "toys/ball.py": "COLOUR = 1\n",
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}


def run(*command, cwd, **env):
    return subprocess.run(
        command, cwd=cwd, env={**OUTSIDE, **env}, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_package_on_disk_is_in_the_wheel():
    """A folder that nobody listed works in a checkout and is missing where it is installed."""
    folders = {path.parent for path in (ROOT / "pytest_coordguard").rglob("*.py")}
    there = {".".join(folder.relative_to(ROOT).parts) for folder in folders} | {"pytest_coordguard.guardrails"}

    assert set(PROJECT["tool"]["setuptools"]["packages"]) == there


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    source, made = tmp_path_factory.mktemp("source") / "project", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, source, ignore=MADE)
    command = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(made), ".")
    done = run(sys.executable, *command, cwd=source)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An interpreter with the wheel, and this one's packages but for the checkout."""
    home = tmp_path_factory.mktemp("venv")
    assert run(sys.executable, "-m", "venv", "--without-pip", str(home), cwd=home).returncode == 0
    others = tmp_path_factory.mktemp("others")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "coordguard" not in path.name and path.suffix != ".pth":
            (others / path.name).symlink_to(path)
    there = Path(
        run(
            str(home / "bin/python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home
        ).stdout.strip()
    )
    (there / "others.pth").write_text(f"{others}\n", encoding="utf-8")
    program = home / "bin" / "python"
    done = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(program),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
        cwd=home,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return program


@pytest.fixture
def repo(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Start")):
        assert run(*GIT, *command, cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.mark.slow
def test_the_wheel_holds_the_suite_and_its_data(wheel):
    """All that is read at run time."""
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pytest_coordguard").rglob("*")
        if path.suffix in (".py", ".json", ".ini", ".toml", ".html", ".css", ".js")
    }
    suite = {f"pytest_coordguard/guardrails/{path.name}" for path in (ROOT / "guardrails").glob("*.py")}

    assert sorted((code | suite) - names) == []
    assert "pytest_coordguard/judge.ini" in names
    assert not [name for name in names if name.split("/")[0] in ("guardrails", "tests", "docs", "benchmarks")]
    assert [name for name in names if name.endswith("LICENSE")]


WAYS = {
    "entry-point": ((), {}),
    "option": (("-p", "pytest_coordguard.plugin"), {}),
    "variable": ((), {"PYTEST_PLUGINS": "pytest_coordguard.plugin"}),
    "no-autoload": (("-p", "pytest_coordguard.plugin"), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
    "no-autoload-variable": ((), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_coordguard.plugin"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_installed_plugin_judges_alike_however_it_is_loaded(way, python, repo):
    """Named once or twice, by whom ever: the same verdicts."""
    arguments, env = WAYS[way]
    done = run(str(python), "-m", "pytest", *arguments, "-m", "preaudit", "--prove", cwd=repo, **env)

    assert done.returncode == 0, done.stdout + done.stderr
    status = json.loads((repo / "docs/plans/task_status.json").read_text(encoding="utf-8"))
    assert {row["id"]: row["verdict"] for row in status["criteria"]} == {
        "T-1/readme": "met",
        "T-1/lanes": "met",
        "T-1/secrets": "met",
        "T-1/tests": "met",
    }
    assert status["run"]["exit_status"] == 0


@pytest.mark.slow
def test_the_installed_command_writes_a_plan_that_runs(python, repo):
    """The first minute of a new user; and it is the installed package that answers."""
    (repo / "coordguard.yaml").unlink()
    assert run(*GIT, "commit", "-qam", "No plan", cwd=repo).returncode == 0
    where = run(str(python), "-c", "import pytest_coordguard; print(pytest_coordguard.__file__)", cwd=repo)
    init = run(str(python.with_name("coordguard")), "init", cwd=repo)
    gate = run(str(python.with_name("coordguard")), "run", "preaudit", cwd=repo)

    assert Path(where.stdout.strip()).is_relative_to(python.parents[1])
    assert init.returncode == 0, init.stderr
    assert gate.returncode == 0, gate.stdout + gate.stderr
