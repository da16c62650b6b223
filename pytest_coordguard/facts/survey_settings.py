"""What a repository's settings files say of its layers and its coverage. A file that cannot be read is a remark."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge, Finding
from pytest_coordguard.facts.repository import Repository

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract of import-linter (import-linter.readthedocs.io/en/stable/contract_types), its values as lists."""

    path: str
    name: str
    type: str
    values: Mapping[str, Sequence[str]]
    external: bool = False  # packages from outside the repository count
    type_checking: bool = True  # imports under `if TYPE_CHECKING` count

    def listed(self, key: str) -> list[str]:
        """Return one of its lists, empty where the contract has none of that name."""
        return [str(one).strip() for one in self.values.get(key, ()) if str(one).strip()]

    @property
    def modules(self) -> frozenset[str]:
        """All modules that it names outside of containers, in whatever part."""
        layers = [re.split(r"[|:]", layer) for layer in self.listed("layers") if not self.listed("containers")]
        parts = [self.listed(key) for key in ("source_modules", "forbidden_modules", "modules")]
        return frozenset(name.strip(" ()") for part in (*parts, *layers) for name in part if name.strip(" ()"))


def settings(repo: Repository, paths: Sequence[str]) -> tuple[dict[str, Settings], list[Finding]]:
    """Return the sections of each of these files that is there, TOML or INI, and what could not be read."""
    found: dict[str, Settings] = {}
    remarks: list[Finding] = []
    for path in paths:
        if not repo.is_file(path):
            continue
        try:
            found[path] = _toml(repo, path) if path.endswith(".toml") else _ini(repo, path)
        except (tomllib.TOMLDecodeError, configparser.Error, CannotJudge, OSError, RecursionError) as error:
            remarks.append(
                Finding(path, 0, f"left out, for it cannot be read: {str(error).splitlines()[0]}", "settings")
            )
    return found, remarks


def _toml(repo: Repository, path: str) -> Settings:
    return tomllib.loads(repo.read_text(path))


def _ini(repo: Repository, path: str) -> Settings:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(repo.read_text(path), path)
    return {name: dict(parser[name]) for name in parser.sections()}


def contracts(files: Mapping[str, Settings]) -> Iterator[Contract]:
    """Yield the contracts that these settings hold, in whichever of import-linter's three forms."""
    for path, sections in files.items():
        if path.endswith(".toml"):
            root = _table(_table(sections, "tool"), "importlinter")
            every: object = root.get("contracts", [])
            named = every if isinstance(every, list) else []
        else:
            root = _table(sections, "importlinter")
            named = [value for name, value in sections.items() if name.startswith("importlinter:contract:")]
        yield from (_contract(path, root, one) for one in named if isinstance(one, Mapping))


def _contract(path: str, root: Settings, values: Settings) -> Contract:
    return Contract(
        path,
        str(values.get("name", "imports")),
        str(values.get("type", "")),
        {key: _list(value) for key, value in values.items()},
        external=_true(root.get("include_external_packages")),
        type_checking=not _true(root.get("exclude_type_checking_imports")),
    )


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return [one if isinstance(one, str) else str(one) for one in value]
    return [line for line in str(value).splitlines() if line.strip() and not line.strip().startswith("#")]


def _true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on")


@dataclass(frozen=True, slots=True)
class CoverageSettings:
    """What the settings of coverage.py say (coverage.readthedocs.io/en/latest/config.html)."""

    there: bool = False  # any at all
    minimum: float | None = None  # percent, `fail_under`
    scoped: bool = False  # they say which code counts


def coverage_settings(files: Mapping[str, Settings]) -> CoverageSettings:
    """Return what all settings files together say of coverage; the first minimum counts."""
    there, minimum, scoped = False, None, False
    for run, report in _coverage_sections(files):
        there = there or bool(run) or bool(report)
        minimum = minimum or _number(report.get("fail_under"))
        scoped = scoped or any(run.get(key) for key in ("source", "source_pkgs", "source_dirs", "include"))
    return CoverageSettings(there, minimum, scoped)


def _coverage_sections(files: Mapping[str, Settings]) -> Iterator[tuple[Settings, Settings]]:
    for path, sections in files.items():
        prefix = "" if path.endswith(".coveragerc") else "coverage:"
        yield _table(sections, f"{prefix}run"), _table(sections, f"{prefix}report")
        toml = _table(_table(sections, "tool"), "coverage")
        yield _table(toml, "run"), _table(toml, "report")


def _number(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    if not 0 < found <= 100:  # noqa: PLR2004  percent
        return None
    return int(found) if found.is_integer() else found


def _table(values: Settings, name: str) -> Settings:
    found = values.get(name, {})
    return found if isinstance(found, Mapping) else {}


def project_name(files: Mapping[str, Settings]) -> str:
    """Return the name that the repository gives itself, "" where it gives none."""
    toml = files.get("pyproject.toml", {})
    names = [
        _table(toml, "project").get("name"),
        _table(_table(toml, "tool"), "poetry").get("name"),
        _table(files.get("setup.cfg", {}), "metadata").get("name"),
    ]
    return next((name for name in names if isinstance(name, str) and name), "")


def test_paths(files: Mapping[str, Settings]) -> list[str]:
    """Return the folders that pytest collects by default (docs.pytest.org, `testpaths`), from its first settings."""
    toml = _table(_table(files.get("pyproject.toml", {}), "tool"), "pytest")
    places = [
        _table(files.get("pytest.ini", {}), "pytest"),
        _table(toml, "ini_options") or toml,
        _table(files.get("tox.ini", {}), "pytest"),
        _table(files.get("setup.cfg", {}), "tool:pytest"),
    ]
    value = next((place["testpaths"] for place in places if "testpaths" in place), "")
    named = value if isinstance(value, list) else str(value).split()
    return [str(path).removeprefix("./").rstrip("/") for path in named]
