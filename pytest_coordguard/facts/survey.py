"""What a repository has that a plan can check: found by names and by the heads of files, so in a few seconds."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from pytest_coordguard.domain.finding import CannotJudge, Finding
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.imports.presence import has_folder, importer_of
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.survey_settings import (
    Contract,
    CoverageSettings,
    contracts,
    coverage_settings,
    project_name,
    settings,
    test_paths,
)

_SETTINGS = (
    "pytest.ini",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    ".coveragerc",
    ".importlinter",
    ".importlinter.ini",
)
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")  # docs.github.com, first wins
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # as make looks for them
_DOCUMENTS = re.compile(r"(?:README|LICEN[CS]E|COPYING|CHANGELOG|SECURITY|CONTRIBUTING)(?:\.\w+)?", re.IGNORECASE)
_CI = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|azure-pipelines\.yml|Jenkinsfile"
)
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|fixtures?|samples?|testdata|__tests__|node_modules|vendor|third_party|archive)/"
)
_SPEC_HEAD = re.compile(rb"""^[ \t{]{0,8}["']?(?:openapi|swagger)["']?[ \t]*:[ \t]*["']?[23]\.""", re.MULTILINE)
_SPEC_NAME = re.compile(r"openapi|swagger", re.IGNORECASE)
_APP_FILES = frozenset(["main.py", "app.py", "api.py", "asgi.py", "server.py", "application.py"])
_HEAD = 2048  # bytes: where a description that people or FastAPI wrote says its version


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. Paths are relative to the root."""

    files: frozenset[str]
    folders: frozenset[str]  # every folder with a file below it, without a slash at the end
    project: str
    packages: tuple[str, ...]  # folders of outermost packages, as src/app
    specs: tuple[str, ...] = ()  # OpenAPI and Swagger descriptions
    contracts: tuple[Contract, ...] = ()
    imported: frozenset[str] = frozenset()  # modules that a contract names, that are not here, and that are imported
    coverage: CoverageSettings = field(default_factory=CoverageSettings)
    critical_paths: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()  # folders
    make_targets: frozenset[str] = frozenset()
    asgi: tuple[str, ...] = ()  # module:name
    ci: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    default_branch: str = ""
    remarks: tuple[Finding, ...] = ()

    def has(self, path: str) -> bool:
        """Tell whether a file or folder is there."""
        tidy = path.rstrip("/")
        return tidy in self.files or tidy in self.folders

    def path_of(self, module: str) -> str:
        """Return the folder or file of a dotted module, "" where it is not in the repository."""
        first, *rest = module.split(".")
        roots = [package for package in self.packages if PurePosixPath(package).name == first] or [first]
        for root in roots:
            place = "/".join([root, *rest])
            if place in self.folders:
                return place + "/"
            if place + ".py" in self.files:
                return place + ".py"
        return ""


def survey(repo: Repository) -> Survey:
    """Look at a repository. Settings that cannot be read become remarks."""
    files = repo.files
    folders = frozenset(str(parent) for path in files for parent in PurePosixPath(path).parents) - {"."}
    read, remarks = settings(repo, _SETTINGS)
    paths, reviewers = _owners(repo, frozenset(files) | folders)
    packages = _packages(files)
    rules = tuple(contracts(read))
    return Survey(
        files=frozenset(files),
        folders=folders,
        project=project_name(read) or repo.root.name,
        packages=packages,
        specs=tuple(path for path in files if _is_spec(repo, path)),
        contracts=rules,
        imported=_imported(repo, rules),
        coverage=coverage_settings(read),
        critical_paths=paths,
        reviewers=reviewers,
        tests=tuple(path for path in test_paths(read) if path in folders) or _test_folders(files),
        make_targets=_make_targets(repo),
        asgi=tuple(_asgi(repo, files, packages)),
        ci=tuple(filter(_CI.fullmatch, files)),
        documents=tuple(path for path in files if _DOCUMENTS.fullmatch(path)),
        default_branch=_default_branch(repo),
        remarks=tuple(remarks),
    )


def _imported(repo: Repository, rules: Iterable[Contract]) -> frozenset[str]:
    """Return the modules of contracts that are gone from the repository while some file of it still imports them."""
    modules = Modules(repo)
    named = {module for rule in rules for module in rule.modules}
    gone = [module for module in named if not has_folder(modules, module)]
    return frozenset(module for module in gone if importer_of(repo, modules, module))


def _packages(files: Sequence[str]) -> tuple[str, ...]:
    """Folders with an __init__.py whose parent has none; those that are only of tests or examples are left out."""
    homes = {str(PurePosixPath(path).parent) for path in files if path.endswith("/__init__.py")}
    outer = [home for home in homes if str(PurePosixPath(home).parent) not in homes]
    return tuple(
        sorted((home for home in outer if not _ASIDE.search(home + "/")), key=lambda home: (home.count("/"), home))
    )


def _is_spec(repo: Repository, path: str) -> bool:
    """A description says `openapi: 3.…` in its head; one that is named so may say it further down."""
    if not path.endswith((".json", ".yaml", ".yml")) or _ASIDE.search(path):
        return False
    named = _SPEC_NAME.search(PurePosixPath(path).name)
    try:
        head = repo.read(path) if named or path in repo.changes else _head(repo, path)
    except (OSError, CannotJudge):
        return False
    return bool(_SPEC_HEAD.search(head))


def _head(repo: Repository, path: str) -> bytes:
    with (repo.root / path).open("rb") as file:
        return file.read(_HEAD)


def _text(repo: Repository, path: str) -> str:
    try:
        return repo.read_text(path)
    except (OSError, CannotJudge):
        return ""


def _owners(repo: Repository, there: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths that someone must approve, and who; owners of everything (`*`) make nothing critical."""
    path = next(filter(repo.is_file, _OWNERS), "")
    lines = (line.partition("#")[0].split() for line in _text(repo, path).splitlines()) if path else ()
    rules = [(words[0], words[1:]) for words in lines if len(words) > 1 and not words[0].startswith(("*", "[", "^"))]
    kept = [(pattern.strip("/"), pattern, people) for pattern, people in rules if pattern.strip("/") in there]
    paths = [name + "/" * pattern.endswith("/") for name, pattern, _ in kept]
    people = [person.removeprefix("@") for _, _, people in kept for person in people]
    return tuple(dict.fromkeys(paths)), tuple(dict.fromkeys(people))


def _test_folders(files: Sequence[str]) -> tuple[str, ...]:
    """The outermost folders named `tests` or `test` that hold test files which pytest collects."""
    found: dict[str, None] = {}
    for path in files:
        parts = path.split("/")
        if re.fullmatch(r"test_.*\.py|.*_test\.py", parts[-1]):
            position = next((i for i, part in enumerate(parts[:-1]) if part in ("tests", "test")), None)
            if position is not None:
                found.setdefault("/".join(parts[: position + 1]))
    return tuple(sorted(found, key=lambda path: (path.count("/"), path)))


def _make_targets(repo: Repository) -> frozenset[str]:
    names = [path for path in (*_MAKEFILES, *(p for p in repo.files if p.endswith(".mk"))) if repo.is_file(path)]
    rule = re.compile(r"^([A-Za-z0-9][\w./ -]*?)\s*::?(?!=)", re.MULTILINE)
    return frozenset(name for path in names for match in rule.findall(_text(repo, path)) for name in match.split())


def _asgi(repo: Repository, files: Sequence[str], packages: Sequence[str]) -> Iterable[str]:
    for path in files:
        if PurePosixPath(path).name in _APP_FILES and not _ASIDE.search(path) and path.isascii():
            module = _module(path, packages)
            yield from (f"{module}:{name}" for name in _apps(_text(repo, path)) if module)


def _module(path: str, packages: Sequence[str]) -> str:
    home = next((home for home in packages if path.startswith(home + "/")), "")
    start = str(PurePosixPath(home).parent) + "/" if "/" in home else ""
    dotted = path.removeprefix(start).removesuffix(".py").replace("/", ".")
    return dotted if all(map(str.isidentifier, dotted.split("."))) else ""


def _apps(text: str) -> list[str]:
    if "FastAPI(" not in text and "Starlette(" not in text:
        return []
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    assigned = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return [node.targets[0].id for node in assigned if isinstance(node.targets[0], ast.Name) and _makes_app(node.value)]


def _makes_app(value: ast.expr) -> bool:
    name = value.func if isinstance(value, ast.Call) else None
    last = name.attr if isinstance(name, ast.Attribute) else name.id if isinstance(name, ast.Name) else ""
    return last in ("FastAPI", "Starlette")


def _default_branch(repo: Repository) -> str:
    ask = partial(subprocess.run, cwd=repo.root, capture_output=True, check=False, text=True)
    for name in ("refs/remotes/origin/HEAD", "HEAD"):
        try:
            found = ask(["git", "symbolic-ref", "--short", name])
        except OSError:
            return ""
        if found.returncode == 0:
            return str(found.stdout).strip().removeprefix("origin/")
    return ""
