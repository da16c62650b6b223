"""Judges one test of one file: is there an assertion that can depend on the repository's code?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import PurePosixPath

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.vacuity import levels, mocks
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import (
    Function,
    Module,
    Test,
    definitions,
    expected,
    first_lines,
    own_nodes,
    parsed,
)
from pytest_coordguard.facts.vacuity.scope import Claim, Known, Path, Scope
from pytest_coordguard.facts.vacuity.values import TooLongError
from pytest_coordguard.facts.vacuity.walk import Walker

_SETUPS = ("setUpClass", "setup_class", "setUp", "asyncSetUp", "setup_method", "setup")
_SOURCE_FOLDERS = ("", "src/", "lib/", "Lib/", "python/")
_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
_NO_TEST = ast.FunctionDef(name="", args=_NO_ARGUMENTS, body=[], decorator_list=[])
Opened = tuple[Module, Scope, frozenset[str]]  # a file, its names, and those that the repository binds itself
Code = tuple[tuple[str, int], ...]  # file name and first line of each function that a test's item holds
_PASSES = 5  # levels of names settle in two or three


class VacuityReader:
    """Reads the tests of one repository. Answers are kept, syntax trees are not: only the last file's is at hand.

    So ask in the order of the files, or have `read` do it.
    """

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self._last: tuple[str, Opened | None] = ("", None)
        self._bound: dict[str, frozenset[str]] = {}
        self._reasons: dict[tuple[str, str], str | None] = {}
        self._replaced: dict[tuple[str, str, Code], str | None] = {}
        self._expected: dict[str, list[tuple[int, str]]] = {}

    def read(self, tests: Iterable[tuple[str, str, Code]]) -> None:
        """Find the answers of `reason` and `replaced` for many tests, each as path, test and code, a file at a time."""
        for path, test, code in sorted(tests):
            with suppress(FileNotFoundError, CannotJudge):  # raised again, and told, when somebody asks
                self.reason(path, test)
                self.replaced(path, test, code)
        self._last = ("", None)

    def reason(self, path: str, test: str) -> str | None:
        """Return why this test could not fail whatever the repository's code does; None when it could, or when unsure.

        Args:
            path: the test's file, relative to the root.
            test: `test_x` or `TestClass::test_x`, with or without the brackets of its parameters.

        Raises:
            FileNotFoundError, CannotJudge: as `Repository.read`.

        """
        if (path, test) not in self._reasons:
            opened = self._open(path)
            reasons = [self._reason(opened, one) for one in definitions(opened[0], test)] if opened else []
            self._reasons[path, test] = reasons[0] if reasons and all(reasons) else None
        return self._reasons[path, test]

    def replaced(self, path: str, test: str, code: Sequence[tuple[str, int]]) -> str | None:
        """Return what is wrong when none of the functions that ran is the one that the file defines; else None.

        Args:
            path: the test's file, relative to the root.
            test: as `reason` has it.
            code: file name and first line of each function that the test's item holds; empty when it holds none.

        """
        asked = (path, test, tuple(code))
        if asked not in self._replaced:
            self._replaced[asked] = self._what_ran(*asked)
        return self._replaced[asked]

    def _what_ran(self, path: str, test: str, code: Code) -> str | None:
        opened = self._open(path)
        found = definitions(opened[0], test) if opened else []
        name = PurePosixPath(path).name
        if not found or any(file == name and line in first_lines(one.function) for file, line in code for one in found):
            return None
        ran = f"what ran comes from {code[0][0]}:{code[0][1]}" if code else "what ran is no function"
        return f"{ran}, not from line {found[-1].function.lineno} of this file"

    def tests_of(self, name: str) -> list[tuple[str, int, str]]:
        """Return path, line and test of all that pytest collects by its own rules from a path or node id."""
        path, _, wanted = name.partition("::")
        return [
            (file, line, test)
            for file in self._test_files(path)
            for line, test in self._expected_of(file)
            if not wanted or test == wanted or test.startswith(f"{wanted}::")
        ]

    def _expected_of(self, file: str) -> list[tuple[int, str]]:
        if file not in self._expected:
            opened = self._open(file)
            self._expected[file] = list(expected(opened[0])) if opened else []
        return self._expected[file]

    def _test_files(self, path: str) -> Iterator[str]:
        if self.repo.is_file(path):
            yield from [path] if path.endswith(".py") else []
            return
        folder = "" if path in (".", "") else path.rstrip("/") + "/"
        for file in self.repo.files:
            name = PurePosixPath(file).name
            if file.startswith(folder) and (fnmatch(name, "test_*.py") or fnmatch(name, "*_test.py")):
                yield file

    def _open(self, path: str) -> Opened | None:
        if path != self._last[0]:
            module = parsed(path, self.repo.read_text(path))
            self._last = (path, (module, *self._module_scope(module)) if module else None)
        return self._last[1]

    def _module_scope(self, module: Module) -> tuple[Scope, frozenset[str]]:
        first_party = self._first_party(module.path)
        scope = Scope(is_module=True)
        for _ in range(2):
            walker = Walker(module, Test(_NO_TEST), first_party)
            walker.module_scope = scope
            walker.given_away = module.given_away
            try:
                walker.block(module.tree.body, scope)
            except TooLongError:
                scope.names["*"] = Known(Level.LIVE)
        return scope, first_party

    def _first_party(self, path: str) -> frozenset[str]:
        """Return the names that the repository's files bind where Python or a test tool has one as well."""
        parts = path.split("/")[:-1]
        beside = {"/".join(parts[: n + 1]) + "/" for n in range(len(parts))}
        return frozenset(name for folder in (*_SOURCE_FOLDERS, *beside) for name in self._names_in(folder))

    def _names_in(self, folder: str) -> frozenset[str]:
        if folder not in self._bound:
            known = levels.PURE | levels.AMBIENT | {*levels.TEST_TOOLS, "os"}
            files = ((name, f"{folder}{name}") for name in known)
            found = {n for n, f in files if self.repo.is_file(f"{f}.py") or self.repo.is_file(f"{f}/__init__.py")}
            self._bound[folder] = frozenset(found)
        return self._bound[folder]

    def _reason(self, opened: Opened, test: Test) -> str | None:
        try:
            return Judge(*opened, test).reason()
        except (TooLongError, RecursionError):
            return None


class Judge:
    """Reads one definition of a test."""

    def __init__(self, module: Module, scope: Scope, first_party: Collection[str], test: Test) -> None:
        self.module, self.scope, self.test = module, scope, test
        self.walker = Walker(module, test, first_party)
        self.walker.module_scope = scope
        self.walker.attributes = Scope(scope)
        self.inside = self.walker.spaces.setdefault(id(test.function), Scope(scope))
        self.fixtures = {_fixture_name(f): f for f in self._fixtures()}

    def reason(self) -> str | None:
        """Return the reason, or None."""
        if "_pytest" in self.walker.first_party or self._may_be_changed_by_decorators():
            return None  # in pytest's own repository the code under test is what runs every assertion
        if never_runs := self._never_runs():
            return never_runs
        for _ in range(_PASSES):
            before = self._levels()
            self._walk()
            if self._levels() == before or any(claim.level is Level.LIVE for claim in self.walker.claims):
                break  # levels only rise, so what depends on the repository now will do so to the end
        return self._verdict()

    def _levels(self) -> int:
        scopes = [*self.walker.spaces.values(), self.walker.attributes]
        names = sum(known.level + len(known.sites) for scope in scopes for known in scope.names.values())
        return names + len(self.walker.given_away)

    # what stands around the body

    @property
    def _decorators(self) -> list[ast.expr]:
        """The test's decorators from the inside out, then its classes'."""
        own = list(reversed(self.test.function.decorator_list))
        return own + [d for cls in self.test.classes for d in reversed(cls.decorator_list)]

    def _path(self, node: ast.expr) -> str:
        return self.walker.dotted(node.func if isinstance(node, ast.Call) else node, self.scope)

    def _may_be_changed_by_decorators(self) -> bool:
        paths = (self._path(d) for d in self._decorators)
        plain = ("builtins.staticmethod", "builtins.classmethod")
        return any(
            path not in plain
            and (not path or levels.level_of(path, self.walker.first_party) is Level.LIVE or path[0] == ".")
            for path in paths
        )

    def _never_runs(self) -> str | None:
        function = self.test.function
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)):
            return f"is a generator, whose body never runs (line {function.lineno})"
        bases = {ast.unparse(base) for cls in self.test.classes for base in cls.bases}
        if isinstance(function, ast.AsyncFunctionDef) and bases and bases <= {"TestCase", "unittest.TestCase"}:
            return f"is `async` in a `unittest.TestCase`, which never awaits it (line {function.lineno})"
        return None

    def _fixtures(self) -> Iterator[Function]:
        bodies = [self.module.tree.body, *(cls.body for cls in self.test.classes)]
        for function in (node for body in bodies for node in body if isinstance(node, Function)):
            if any(self._path(d) in ("pytest.fixture", "pytest_asyncio.fixture") for d in function.decorator_list):
                yield function

    # reading

    def _walk(self) -> None:
        walker = self.walker
        walker.path = Path(active=[self.test.function])
        self._read_class()
        injected = self._apply_patches()
        self._bind_arguments(injected)
        walker.claims, walker.runs, walker.mock, walker.quits = [], [], "", False
        walker.block(self.test.function.body, self.inside)

    def _read_class(self) -> None:
        for cls in reversed(self.test.classes):
            for node in cls.body:
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    self.walker.statement(node, self.walker.attributes)
        for setup in (f for name in _SETUPS if (f := self.test.method(name))):
            self._follow_fixture(setup)
        for fixture in self.fixtures.values():
            if any("autouse=True" in ast.unparse(d) for d in fixture.decorator_list):
                self._follow_fixture(fixture)

    def _follow_fixture(self, fixture: Function) -> Known:
        """Read a set-up or a fixture of this file; what it claims is not the test's."""
        if fixture in self.walker.path.active:
            return Known(Level.LIVE)
        arguments = {name: self._argument(name) for name in _names(fixture)}
        if fixture in self.test.methods and arguments and not _is_static(fixture):
            arguments[next(iter(arguments))] = Known(dotted="self")
        walker = self.walker
        walker.mock = ""
        level = walker.follow(fixture, self.scope, arguments)
        walker.path.nets, walker.path.trials = [], 0
        return Known(max(level, Level.OWN), mock=walker.mock)

    def _argument(self, name: str) -> Known:
        if name in self.fixtures:
            return self._follow_fixture(self.fixtures[name])
        own_tool = not levels.OF_FIXTURES.isdisjoint(self.walker.first_party)
        level = Level.LIVE if own_tool else levels.FIXTURES.get(name, Level.LIVE)
        self.walker.touched = self.walker.touched or level is Level.LIVE
        return Known(level, dotted=name if name in ("monkeypatch", "mocker") and not own_tool else "")

    def _apply_patches(self) -> list[Known]:
        """Put the decorators' patches in force; return the mocks that they hand to the test, in order."""
        injected = []
        for decorator in self._decorators:
            if not isinstance(decorator, ast.Call):
                continue
            if (call := mocks.patch_call(decorator, self._path(decorator))) is not None:
                patch = self.walker.patch(call, self.scope)
                self.walker.apply(patch)
                injected += [Known(max(Level.AMBIENT, patch.level), mock=patch.words)] if patch.injects else []
        return injected

    def _bind_arguments(self, injected: list[Known]) -> None:
        names = _names(self.test.function)
        if self.test.classes and names and not _is_static(self.test.function):
            self._bind(names.pop(0), Known(dotted="self"))
        given = dict(zip(names, injected, strict=False))
        rest = [name for name in names if name not in given]
        given |= self._parameters(rest)
        for name in names:
            self._bind(name, given.get(name) or self._argument(name))

    def _bind(self, name: str, known: Known) -> None:
        slot = self.inside.slot(name)
        slot.level, slot.mock = max(slot.level, known.level), known.mock
        slot.dotted = known.dotted

    def _parameters(self, names: list[str]) -> dict[str, Known]:
        """Return what `parametrize` and `given` hand over."""
        given: dict[str, Known] = {}
        for decorator in self._decorators:
            path = self._path(decorator)
            if not isinstance(decorator, ast.Call):
                continue
            values = [*decorator.args, *(k.value for k in decorator.keywords)]
            with self.walker.aside():
                level = self.walker.highest(values[1:] if path == "pytest.mark.parametrize" else values, self.scope)
            if path == "pytest.mark.parametrize":
                asked = _asked(decorator)
                indirect = any(k.arg == "indirect" for k in decorator.keywords)
                given |= {name: Known(Level.LIVE if indirect else max(level, Level.OWN)) for name in asked}
            elif path == "hypothesis.given":
                free = [n for n in names if n not in given and n not in levels.FIXTURES and n not in self.fixtures]
                given |= {name: Known(max(level, Level.OWN)) for name in free}
            elif path == "pytest.mark.usefixtures":
                self.walker.touched = True
        return given

    # judging

    def _verdict(self) -> str | None:
        walker = self.walker
        if walker.quits or any(self._depends(claim) for claim in walker.claims):
            return None
        uncaught = [line for line, net in walker.runs if net is None]
        if walker.claims:
            told = min(walker.claims, key=lambda claim: (claim.rank, claim.line))
            return told.why if "at line" in told.why else f"{told.why} (line {told.line})"
        if uncaught:
            return None
        if walker.runs and (net := walker.runs[0][1]):
            return f"catches its own failure: {net.words}"
        return self._without_claims()

    def _depends(self, claim: Claim) -> bool:
        return claim.level is Level.LIVE or (claim.level is Level.AMBIENT and self.walker.touched)

    def _without_claims(self) -> str | None:
        function = self.test.function
        fixtures = [self.fixtures.get(name) for name in _names(function)]
        if any(isinstance(n, ast.Assert) for f in fixtures if f for n in ast.walk(f)):
            return None
        nested = next((n for n in ast.walk(function) if isinstance(n, ast.Assert)), None)
        if nested is not None:
            return f"asserts only in a function that nothing calls (line {nested.lineno})"
        empty = all(isinstance(s, ast.Pass) or _is_constant(s) for s in function.body)
        return f"has an empty body (line {function.lineno})" if empty else f"has no assertion (line {function.lineno})"


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(function: Function) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)


def _fixture_name(function: Function) -> str:
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return function.name


def _asked(decorator: ast.Call) -> list[str]:
    """Return the names of `parametrize("a, b", ...)` or `parametrize(["a", "b"], ...)`."""
    first = decorator.args[0] if decorator.args else next((k.value for k in decorator.keywords), ast.Constant(""))
    texts = first.elts if isinstance(first, ast.Tuple | ast.List) else [first]
    values = [str(text.value) for text in texts if isinstance(text, ast.Constant)]
    return [name.strip() for value in values for name in value.split(",")]
