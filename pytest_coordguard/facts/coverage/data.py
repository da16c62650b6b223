"""coverage.py's own data files. They hold the lines that ran; what could have run is counted from the sources."""

from __future__ import annotations

import configparser
import os
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.coverage.read import EMPTY, from_json
from pytest_coordguard.facts.coverage.report import Report
from pytest_coordguard.facts.repository import Repository

if TYPE_CHECKING:
    from coverage import Coverage, CoverageData

# Where coverage.py looks for its settings: https://coverage.readthedocs.io/en/latest/config.html
FILES = {
    ".coveragerc": "",
    ".coveragerc.toml": "",
    "setup.cfg": "coverage:",
    "tox.ini": "coverage:",
    "pyproject.toml": "tool",
}
Names = Mapping[str, str | None]  # a name in the data -> path in the repository, None when it is not in it


def executed(name: str, content: bytes) -> dict[str, frozenset[int]]:
    """Return file name, as the data has it -> lines that ran.

    Raises:
        CannotJudge: coverage.py cannot read it; `name` is what the message calls it.

    """
    with tempfile.TemporaryDirectory(prefix="coordguard-coverage-") as folder:
        data = _loaded(name, content, Path(folder) / "data")
        return {file: frozenset(data.lines(file) or ()) - EMPTY for file in sorted(data.measured_files())}


def report(contents: Mapping[str, bytes], names: Names, repo: Repository) -> Report:
    """Return what several data files say together of the sources in `repo`, as coverage.py itself reports it.

    The sources are read through `repo`, and coverage.py's settings for what is excluded too; its plugins, which are
    code of the repository, are not loaded.

    Args:
        contents: the data files by the name that a message calls them.
        names: path in the repository of each measured file, see `paths.resolved`.
        repo: the repository.

    Raises:
        CannotJudge: the data cannot be read or combined, or a source cannot be parsed.

    """
    from coverage import CoverageData
    from coverage.exceptions import CoverageException

    with _away_from_the_environment(), tempfile.TemporaryDirectory(prefix="coordguard-coverage-") as temporary:
        folder = Path(temporary).resolve()
        sources = folder / "sources"
        target = _source_places(names, sources)
        together = CoverageData(basename=str(folder / "together"))
        try:
            for number, (name, content) in enumerate(contents.items()):
                together.update(_loaded(name, content, folder / str(number)), map_path=target)
            together.write()
            _copy_sources(names, sources, repo)
            return _as_report(folder, sources, repo)
        except CoverageException as error:
            raise CannotJudge(f"{', '.join(contents)}: {str(error).replace(str(sources) + os.sep, '')}") from error


def _source_places(names: Names, sources: Path) -> Callable[[str], str]:
    def place(name: str) -> str:
        path = names.get(name)
        return str(sources / path) if path else "/outside" + name

    return place


def _copy_sources(names: Names, sources: Path, repo: Repository) -> None:
    for path in filter(None, names.values()):
        (sources / path).parent.mkdir(parents=True, exist_ok=True)
        (sources / path).write_bytes(repo.read(path))


def _as_report(folder: Path, sources: Path, repo: Repository) -> Report:
    from coverage import Coverage
    from coverage.exceptions import NoDataError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coverage = Coverage(
            data_file=str(folder / "together"), config_file=write_settings(repo, folder) or False, messages=False
        )
        for option, value in {"run:plugins": [], "report:include": [str(sources / "*")], "report:omit": []}.items():
            coverage.set_option(option, value)
        coverage.set_option("run:relative_files", value=False)
        coverage.load()
        try:
            coverage.json_report(outfile=str(folder / "report.json"))
        except NoDataError:
            return Report(files={})
    found = from_json((folder / "report.json").read_bytes())
    files = {Path(name).resolve().relative_to(sources).as_posix(): lines for name, lines in found.files.items()}
    return Report(files=files, maker=found.maker)


def _loaded(name: str, content: bytes, place: Path) -> CoverageData:
    from coverage import CoverageData
    from coverage.exceptions import CoverageException

    place.write_bytes(content)
    data = CoverageData(basename=str(place))
    try:
        data.read()
    except CoverageException as error:
        raise CannotJudge(f"{name}: {str(error).replace(str(place), name)}") from error
    return data


@dataclass(frozen=True, slots=True)
class Settings:
    """What a repository's coverage settings leave out."""

    exclude: str  # regular expression of lines that do not count
    omit: tuple[str, ...]  # patterns of files that are not measured


def settings(repo: Repository) -> Settings:
    """Return what the repository's coverage settings leave out; coverage.py's own defaults where it has none.

    Raises:
        CannotJudge: its settings cannot be read.

    """
    from coverage import Coverage
    from coverage.exceptions import CoverageException

    with _away_from_the_environment(), tempfile.TemporaryDirectory(prefix="coordguard-coverage-") as folder:
        try:
            coverage = Coverage(data_file=None, config_file=write_settings(repo, Path(folder)) or False)
        except CoverageException as error:
            raise CannotJudge(f"coverage settings: {str(error).replace(folder + os.sep, '')}") from error
        lines = _list(coverage, "report:exclude_lines")  # "exclude_also" is already among them
        omit = [*_list(coverage, "run:omit"), *_list(coverage, "report:omit")]
    return Settings("|".join(f"(?:{pattern})" for pattern in lines), tuple(omit))


def _list(coverage: Coverage, option: str) -> list[str]:
    value = coverage.get_option(option)
    return value if isinstance(value, list) else []


def write_settings(repo: Repository, folder: Path) -> str | None:
    """Write the repository's coverage settings into a folder; return the file's path, None when it has none."""
    for name, prefix in FILES.items():
        if repo.is_file(name) and _speaks_of_coverage(repo.read_text(name), name, prefix):
            place = folder / name
            place.write_bytes(repo.read(name))
            return str(place)
    return None


def _speaks_of_coverage(text: str, name: str, prefix: str) -> bool:
    if not prefix:
        return True
    if name.endswith(".toml"):
        try:
            return "coverage" in tomllib.loads(text).get(prefix, {})
        except tomllib.TOMLDecodeError:
            return False
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return False
    return any(section.startswith(prefix) for section in parser.sections())


@contextmanager
def _away_from_the_environment() -> Iterator[None]:
    """Hide the variables with which a run that measures this very process would change what is read here."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
