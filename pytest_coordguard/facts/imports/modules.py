"""Which files of a repository are Python, and which of them a dotted name stands for."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cached_property

from pytest_coordguard.facts.repository import Repository

SUFFIXES = (".py", ".pyi", ".pyw", ".pyx")
PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")


class Modules:
    """The Python files of a repository, by path and by the names that imports give them.

    A file is known by its path: `foo.py` and `foo/__init__.py` are two files of one name, and a folder needs no
    `__init__.py`. Names are looked up below the root, each `src` folder, and each folder that holds a project file.
    """

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.python = frozenset(path for path in repo.files if path.endswith(SUFFIXES))

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders that hold a Python file, at any depth."""
        found: set[str] = set()
        for path in self.python:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders below which packages lie, each with a trailing "/", the root ("") first."""
        sources = {folder for folder in self.folders if folder.rpartition("/")[2] == "src"}
        projects = {path.rpartition("/")[0] for path in self.repo.files if path.rpartition("/")[2] in PROJECT}
        below = {folder for folder in sources | projects if folder and f"{folder}/__init__.py" not in self.python}
        return ("", *(folder + "/" for folder in sorted(below & self.folders, key=lambda f: (f.count("/"), f))))

    def is_module(self, path: str) -> bool:
        """Tell whether a path without suffix is a module or a folder with Python files."""
        return f"{path}.py" in self.python or f"{path}.pyi" in self.python or path in self.folders

    def places(self, name: str) -> tuple[str, ...]:
        """Return every path, without suffix, that a dotted name can stand for."""
        path = name.replace(".", "/")
        return tuple(root + path for root in self.roots if self.is_module(root + path))

    def names(self, path: str) -> tuple[str, ...]:
        """Return the dotted names that a path without suffix can be imported by."""
        return tuple(path[len(root) :].replace("/", ".") for root in self.roots if path.startswith(root))

    def within(self, folder: str) -> tuple[str, ...]:
        """Return the names at the top of the projects that lie in a folder, without those that exist elsewhere too."""
        inner = [root for root in self.roots if root.startswith(folder + "/")]
        paths = [path for path in self.python if path.startswith(folder + "/")] if inner else []
        tops = {p[len(root) :].split("/")[0].partition(".")[0] for root in inner for p in paths if p.startswith(root)}
        return tuple(sorted(top for top in tops if not self._elsewhere(top, folder)))

    def _elsewhere(self, top: str, folder: str) -> bool:
        if top in sys.stdlib_module_names or not top.isidentifier() or top in ("setup", "conftest", "tests"):
            return True
        return any(not place.startswith(folder + "/") for place in self.places(top))

    def run_by(self, name: str, place: str | None, importer: str) -> list[str]:
        """Return the files that an import in the file `importer` leads to, outermost package first.

        Packages that it passes run as well. Those that hold the importer have run before it, and count only when they
        are what the import names; what is not in the repository is left out.

        Args:
            name: dotted, absolute; the last part may be a member of a module rather than a module.
            place: the path without suffix that a relative import means; None for an absolute one.
            importer: the path of the importing file.

        """
        if place is not None:
            return self._files("", place.split("/"), importer) if place else []
        parts = name.split(".")
        if parts[0] in sys.stdlib_module_names or not parts[0]:
            return []
        base = next((root for root in self.roots if self.is_module(root + parts[0])), None)
        if base is None:
            base = self._beside(importer, parts[0])
        return [] if base is None else self._files(base, parts, importer)

    def files_of(self, name: str, importer: str) -> list[str]:
        """Return the files that a dotted name can stand for.

        A name that leads nowhere can be found by a search path set at run time: every module of that name counts.
        """
        top = name.partition(".")[0]
        base = next((root for root in self.roots if self.is_module(root + top)), None)
        base = self._beside(importer, top) if base is None else base
        if base is None:
            return self._by_name.get(name, [])
        file = self.file_at(base + name.replace(".", "/"))
        return [file] if file else []

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self.python):
            found.setdefault(path.rpartition("/")[2].removesuffix(".py"), []).append(path)
        return found

    def file_at(self, place: str) -> str | None:
        """Return the file of a module's path without suffix; a package before a module of the same name."""
        return next((p for p in (f"{place}/__init__.py", f"{place}.py") if p in self.python), None)

    def _beside(self, importer: str, top: str) -> str | None:
        """Return the importer's own folder, if it is no package and holds a module of that name: a script's folder."""
        folder = importer.rpartition("/")[0] + "/"
        apart = f"{folder}__init__.py" not in self.python
        return folder if apart and folder != "/" and f"{folder}{top}.py" in self.python else None

    def _files(self, base: str, parts: Iterable[str], importer: str) -> list[str]:
        passed, path = [], base
        for part in parts:
            path += part
            if (package := f"{path}/__init__.py") in self.python:
                passed.append(package)
            elif f"{path}.py" in self.python:
                passed.append(f"{path}.py")
                break
            elif path not in self.folders:
                break
            path += "/"
        around = [file for file in passed[:-1] if not importer.startswith(file.removesuffix("__init__.py"))]
        return [*around, *passed[-1:]]
