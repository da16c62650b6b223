"""Where the imports of a file are looked for: the folders below which packages lie, and what is there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from pytest_coordguard.facts.import_health.shape import Shape
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.repository import Repository

# Modules that are no Python source: stubs alone, Cython, and what a build makes a module of.
NATIVE = (".pyi", ".pyx", ".pxd", ".so", ".pyd", ".c", ".cc", ".cpp", ".rs", ".pyc")
# Keys of pyproject.toml whose texts are folders that packages are found below: setuptools, pytest, Poetry, PDM,
# Hatch, maturin, mypy, pyright and ruff, by the documentation of each.
FOLDERS = frozenset({
    "where", "package-dir", "pythonpath", "from", "dev-mode-dirs", "python-source", "mypy_path", "extraPaths", "src",
})  # fmt: skip
SETTINGS = re.compile(r"^\s*(?:pythonpath|where|mypy_path|package_dir)\s*=\s*((?:.*\n)(?:[ \t]+.*\n)*)", re.MULTILINE)
PACKAGE_DIR = re.compile(r"package_dir\s*=\s*\{\s*[\"']{2}\s*:\s*[\"']([\w./-]+)[\"']")
TEST = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*$|[^/]*_test\.py$|conftest\.py$)")
BUILDS = ("pyproject.toml", "setup.py", "setup.cfg", "meson.build", "CMakeLists.txt", "Cargo.toml", "MANIFEST.in")


class Places:
    """The roots of a repository's packages, from its layout, its settings, and what files put on `sys.path`."""

    def __init__(self, repo: Repository, modules: Modules, shapes: Mapping[str, Shape]) -> None:
        self.repo = repo
        self.modules = modules
        self.shapes = shapes
        self.python = modules.python
        self._exists: dict[str, bool] = {}
        self._local: dict[str, tuple[str, ...]] = {}

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that every file may import from, each with a trailing "/"; the root ("") first."""
        named = {folder for text in self._settings() for folder in [_folder(text)] if folder in self.modules.folders}
        return tuple(dict.fromkeys([*self.modules.roots, *(f"{folder}/" for folder in sorted(named))]))

    def _settings(self) -> Iterator[str]:
        if self.repo.is_file("pyproject.toml"):
            yield from _strings(_toml(self.repo.read_text("pyproject.toml")))
        for name in ("setup.cfg", "pytest.ini", "tox.ini", "mypy.ini"):
            if self.repo.is_file(name):
                for value in SETTINGS.findall(self.repo.read_text(name)):
                    yield from re.split(r"[\s,:=]+", value)
        if self.repo.is_file("setup.py"):
            yield from PACKAGE_DIR.findall(self.repo.read_text("setup.py"))

    def around(self, path: str) -> tuple[str, ...]:
        """Return the folders that this file may import from beside the roots: a script's own folder, pytest's.

        pytest puts the first folder above a test or a conftest that is no package on `sys.path` (its `prepend` mode).
        """
        folder = path.rpartition("/")[0]
        own = [_slashed(root) for root in self.shapes[path].searched if root is not None] if path in self.shapes else []
        return tuple(dict.fromkeys([*own, *self._of_folder(folder)]))

    def _of_folder(self, folder: str) -> tuple[str, ...]:
        if folder not in self._local:
            found = [_slashed(self._top(folder))]
            for above in _upwards(folder):
                conftest = f"{_slashed(above)}conftest.py"
                if conftest in self.shapes:
                    found += [_slashed(self._top(above)), *map(_slashed, filter(None, self.shapes[conftest].searched))]
            self._local[folder] = tuple(dict.fromkeys(found))
        return self._local[folder]

    def _top(self, folder: str) -> str:
        """Return the first folder from here upwards that is no package."""
        while folder and f"{folder}/__init__.py" in self.python:
            folder = folder.rpartition("/")[0]
        return folder

    def lost(self, path: str) -> bool:
        """Tell whether a file, or a conftest above it, searches folders that only a run can name."""
        return any(None in self.shapes[file].searched for file in self._before(path))

    def finds(self, path: str) -> bool:
        """Tell whether a test file is imported after a conftest, or itself, has put a finder on `sys.meta_path`."""
        return bool(TEST.search(path)) and any(self.shapes[file].finder for file in self._before(path))

    def _before(self, path: str) -> list[str]:
        """Return the file and the conftests above it."""
        files = [path, *(f"{_slashed(above)}conftest.py" for above in _upwards(path.rpartition("/")[0]))]
        return [file for file in files if file in self.shapes]

    @cached_property
    def _ends(self) -> Mapping[str, tuple[str, ...]]:
        """The last part of each module's path -> the paths without suffix that end in it."""
        found: dict[str, list[str]] = {}
        stems = {path.removesuffix("/__init__.py").rpartition(".py")[0] or path for path in self.python}
        for place in {*stems, *(p.removesuffix("/__init__.py") for p in self.python), *self.modules.folders}:
            found.setdefault(place.rpartition("/")[2], []).append(place)
        return {name: tuple(places) for name, places in found.items()}

    def anywhere(self, name: str) -> bool:
        """Tell whether a dotted name is the end of any module's path."""
        path = name.replace(".", "/")
        places = self._ends.get(path.rpartition("/")[2], ())
        return any(place == path or place.endswith("/" + path) for place in places)

    @cached_property
    def native(self) -> frozenset[str]:
        """The paths, without suffixes, of modules that are no Python source."""
        found = (path for path in self.repo.files if path.endswith(NATIVE))
        return frozenset(
            f"{folder}{'/' if folder else ''}{name.partition('.')[0]}"
            for folder, _, name in (path.rpartition("/") for path in found)
        )

    @cached_property
    def files(self) -> frozenset[str]:
        """All files of the repository, links and submodules among them."""
        return frozenset(self.repo.files)

    @cached_property
    def builds(self) -> str:
        """The text of the files that say how the project is built: what they name may be made by the build."""
        named = sorted(path for path in self.repo.files if path.rpartition("/")[2] in BUILDS)
        return "\n".join(self.repo.read_text(path) for path in named if self.repo.is_file(path))

    def exists(self, place: str) -> bool:
        """Tell whether a path without suffix is a module, a folder with Python files, or leads out of what git has."""
        if place not in self._exists:
            known = f"{place}.py" in self.python or place in self.modules.folders or place in self.native
            known = known or f"{place}.pyw" in self.python or place in self.files
            self._exists[place] = known or self._on_disk(place)
        return self._exists[place]

    def _on_disk(self, place: str) -> bool:
        """Tell whether a module is on the disk and not git's: a build made it."""
        return f"{place}.py" not in self.repo.changes and self.repo.is_file(f"{place}.py")

    def is_made(self, place: str, name: str) -> bool:
        """Tell whether the project's build names a module: a version file, an extension.

        A name without a dot is many a word besides, so it counts in quotes alone.
        """
        if f"{place}.py" in self.builds:
            return True
        around = (r"(?<![\w.])", r"(?!\w)") if "." in name else ("[\"']", "[\"']")
        return bool(re.search(re.escape(name).join(around), self.builds))


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _slashed(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _folder(text: str) -> str:
    return text.strip().strip("\"'").removeprefix("./").removeprefix("$MYPY_CONFIG_FILE_DIR/").strip("/")


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _strings(data: object, *, wanted: bool = False) -> Iterator[str]:
    """Give the texts below the keys that name folders."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(value, wanted=wanted or key in FOLDERS)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value, wanted=wanted)
    elif wanted and isinstance(data, str):
        yield data
