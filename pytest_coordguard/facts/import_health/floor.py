"""The lowest Python that a project promises to run on."""

from __future__ import annotations

import configparser
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.repository import Repository

OLDEST, NEWEST = 7, 99  # minor versions of Python 3; ruff and `feature_version` know none below 3.7
CLAUSE = re.compile(r"(?:>=|~=|==|\^|>|^)\s*v?3(?:\.(\d+))?")
NAMED = re.compile(r"(?:py(?:thon)?)?\s*3(?:\.(\d+))?(?:\.\d+)?\Z")
SETUP_PY = re.compile(r"python_requires\s*=\s*[rR]?[\"']([^\"'\n]+)[\"']")


@dataclass(frozen=True, slots=True)
class Floor:
    """A Python 3, and who says that nothing older counts."""

    minor: int  # of 3.x
    source: str  # "pyproject.toml"; "the plan"; "" when no one says it

    @property
    def version(self) -> str:
        """The version as a person writes it."""
        return f"3.{self.minor}"


def floor_of(repo: Repository, given: str | None, running: int) -> Floor:
    """Return the lowest Python: the plan's word, else the project's, else the one that runs this.

    Raises:
        CannotJudge: the plan's word is no version of Python 3.

    """
    if given is not None:
        named = NAMED.match(given.strip().lower())
        if named is None:
            raise CannotJudge(f"python: {given!r} is no version of Python 3; meant: 3.9")
        return Floor(max(OLDEST, int(named[1] or 0)), "the plan")
    for name, read in (("pyproject.toml", _pyproject), ("setup.cfg", _setup_cfg), ("setup.py", _setup_py)):
        if repo.is_file(name) and (minor := _lowest(read(repo.read_text(name)))) is not None:
            return Floor(max(OLDEST, minor), name)
    return Floor(running, "")


def _lowest(requirement: str) -> int | None:
    """Return the lowest minor version that a specifier such as `>=3.9,<4` or `^3.9` lets in (PEP 440, Poetry)."""
    minors = [int(minor or 0) for minor in CLAUSE.findall(requirement)]
    return max(minors) if minors else None


def _pyproject(text: str) -> str:
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    project = data.get("project")
    if isinstance(project, dict) and isinstance(project.get("requires-python"), str):
        return str(project["requires-python"])
    here: Any = data
    for key in ("tool", "poetry", "dependencies", "python"):
        here = here.get(key, "") if isinstance(here, dict) else ""
    return here if isinstance(here, str) else ""


def _setup_cfg(text: str) -> str:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    return parser.get("options", "python_requires", fallback="")


def _setup_py(text: str) -> str:
    found = SETUP_PY.search(text)
    return found[1] if found else ""
