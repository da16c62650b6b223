"""Inside the repository's own pytest: selects the tests that claim criteria and says what became of each.

Standard library and pytest alone, Python 3.9 and pytest 7 or newer: it is loaded by the interpreter of the
repository that is judged (`-p coordguard_witness`), where nothing else of ours need be installed.

It takes `spec.json` from the folder that `COORDGUARD_WITNESS` names and appends events, one JSON list a line behind
its seal, to `events-<pid>.jsonl` there. What is not written did not happen: the reader counts it as not run.

Imported before the first file of the repository is: what it needs it binds now, and the spec, with the key of the
seals, is gone from the disk and the environment when a conftest comes up. PYTEST_DONT_REWRITE: pytest would warn that
it came too late to rewrite this module, and some repositories make errors of warnings.

In the order of a run: the stand is taken at import, `pytest_configure` registers a `Witness` (in a distributed run
one in each worker, and a `Controller`), which reads the `Claims` of what is collected, puts itself into the `Bodies`
of the tests, and writes to the `Record`. The functions below them read marks, functions and exceptions.
"""

from __future__ import annotations

import _imp
import functools
import hashlib
import inspect
import json
import os
import re
import sys
import types
from os import write
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.unittest import TestCaseFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from pytest_coordguard import Evidence, Repository

LIMIT = 4000  # characters of one message
FINDINGS = 200  # of one test
FAR = 200  # functions looked at in search of the one that a decorator hides
HOLDERS = ("__wrapped__", "__func__", "func", "inner_test")
FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
INNER = re.compile(r"(?=\[|::)")  # where a test's name ends and its parameters, or a class's methods, begin
INSTALLED = re.compile(r"[\\/](site-packages|\.venv|\.tox)[\\/]")
MEDDLED = ("pytest_runtest_makereport", "pytest_runtest_call", "pytest_pyfunc_call", "pytest_runtest_protocol")

encoded = json.JSONEncoder(default=str, check_circular=False).encode  # built once, called twice a test


def take_the_stand() -> dict[str, Any] | None:
    """Return the folder and the spec that the judge has left for us, and take both out of the sight of others."""
    folder = os.environ.pop("COORDGUARD_WITNESS", "")
    try:
        with open(os.path.join(folder, "spec.json"), encoding="utf-8") as file:
            spec = json.load(file)
        os.unlink(os.path.join(folder, "spec.json"))
    except OSError:
        return None
    return {"folder": folder, "spec": spec}


_imp.check_hash_based_pycs = "always"  # a .pyc of the repository that says it need not match its source is not believed
STAND = take_the_stand()


def pytest_configure(config: pytest.Config) -> None:
    """Take the stand: in a run of our own, and in each worker of it."""
    config.addinivalue_line("markers", "criterion(id): this test verifies the acceptance criterion TASK/slug")
    for gate in ("preaudit", "review_gate"):
        config.addinivalue_line("markers", f"{gate}: selects the criteria of this gate")
    stand = getattr(config, "workerinput", {}).pop("coordguard_witness", None) or STAND
    if not stand:
        return
    give_once(config)
    witness = Witness(**stand)
    if witness.spec["guardrails"]:
        config.pluginmanager.register(Fixtures(witness.root), "coordguard-fixtures")
    if hasattr(config, "workerinput") or getattr(config.option, "dist", "no") == "no":
        config.pluginmanager.register(witness, "coordguard-witness")
    else:
        witness.appear()
        config.pluginmanager.register(Controller(witness), "coordguard-witness")


def give_once(config: pytest.Config) -> None:
    """Leave out the paths that another one holds; a file that it would pass over for its name is let in by that name.

    Of `tests tests/a.py` pytest 8 collects the file alone; of `tests tests/check_a.py` pytest 9 passes over the file.
    """
    folders = [os.path.abspath(path).rstrip(os.sep) for path in config.args if os.path.isdir(path)]
    kept = []
    for path in config.args:
        around_it = os.path.dirname(os.path.abspath(path))
        if not any(around_it == folder or around_it.startswith(folder + os.sep) for folder in folders):
            kept.append(path)
        elif os.path.isfile(path):
            config.getini("python_files").append(os.path.basename(path))
    config.args[:] = kept


class Record:
    """What the judge reads: the events of this process."""

    def __init__(self, folder: str, key: bytes) -> None:
        self.key = key
        path = os.path.join(folder, f"events-{os.getpid()}.jsonl")
        self.out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.kept: list[dict[str, object]] = []  # events of the test that runs; written when it ends

    def say(self, event: str, **facts: object) -> None:
        """Append an event and those that were kept: one line, one seal, one write; so no two processes' lines mix."""
        self.keep(event, **facts)
        line = encoded(self.kept).encode("ascii")
        self.kept = []
        write(self.out, seal(line, self.key) + b" " + line + b"\n")

    def keep(self, event: str, **facts: object) -> None:
        """Keep an event until the next one is said: a test that began and does not end is broken anyway."""
        facts["e"] = event
        self.kept.append(facts)


def seal(line: bytes, key: bytes) -> bytes:
    """Return what only a process that was given the key could put before a line."""
    return hashlib.blake2s(line, key=key, digest_size=16).hexdigest().encode("ascii")


class Claims:
    """Which criteria a test claims: by its marks, and by the paths and node ids of the plan."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.root: str = spec["root"]
        self.gate: str = spec["gate"]
        self.paths: list[str] = spec["paths"]  # of the command line
        self.known = set(spec["criteria"])
        self.named = index_of(spec["claims"])
        self.named_near: dict[str, list[Named]] = {}  # file -> what the plan names of it and of the folders above it
        self.places: dict[str, str] = {}  # file as pytest has it -> relative to the root
        self.marks: dict[int, tuple[str, ...]] = {}  # id of a collector -> criteria of its marks and of those above it

    def of(self, item: pytest.Item) -> list[str]:
        """Return the criteria that an item claims."""
        marked = [*names_of(item), *self.marked_above(item.parent)]
        named = self.named_by_plan(item) if self.named else ()
        return list(dict.fromkeys([*marked, *named])) if marked or named else []

    def marked_above(self, node: pytest.Collector | None) -> tuple[str, ...]:
        """Return the criteria of a collector's marks; looked up once, since all its items share them."""
        if node is None:
            return ()
        if id(node) not in self.marks:
            self.marks[id(node)] = (*names_of(node), *self.marked_above(node.parent))
        return self.marks[id(node)]

    def named_by_plan(self, item: pytest.Item) -> list[str]:
        """Return the criteria that the plan names the item for, in the plan's order."""
        here, function = self.place(item)
        near = self.named_near.get(here)
        if near is None:
            near = self.named_near[here] = [self.named[path] for path in above(here) if path in self.named]
        if not near:
            return []
        wanted = ["", function, *(function[: found.start()] for found in INNER.finditer(function))]
        found = {one for names in near for name in wanted for one in names.get(name, ())}
        return [criterion for _, criterion, name in sorted(found) if matches(name, here, function)]

    def asked_for(self, item: pytest.Item) -> bool:
        """Tell whether the item lies below a path of the command line and carries the gate's own mark."""
        if not self.paths:
            return False
        here, function = self.place(item)
        return bool(any(matches(name, here, function) for name in self.paths) and item.get_closest_marker(self.gate))

    def place(self, node: pytest.Item | pytest.Collector) -> tuple[str, str]:
        """Return a node's file relative to the root, and the rest of its node id."""
        path = str(getattr(node, "path", None) or getattr(node, "fspath", ""))
        here = self.places.get(path)
        if here is None:
            here = os.path.relpath(os.path.realpath(path), self.root).replace(os.sep, "/")
            self.places[path] = here
        _, _, function = node.nodeid.partition("::")
        return here, function

    def row(self, item: pytest.Item, criteria: list[str]) -> dict[str, object]:
        """Return an item as the judge reads it."""
        here, function = self.place(item)
        return {
            "id": item.nodeid,
            "path": here,
            "test": function,
            "line": (item.location[1] or 0) + 1 if item.location else 0,
            "criteria": criteria,
            "unknown": [name for name in criteria if name not in self.known],
            "code": code_of(item.obj) if isinstance(item, pytest.Function) else [],
        }


class Bodies:
    """How the functions of tests end: seen from next to them, inside of every hook."""

    def __init__(self) -> None:
        self.endings: dict[str, str] = {}  # item node id -> how its function ended; not there when we cannot see it

    def watch(self, item: pytest.Item) -> None:
        """Put ourselves around the test's function."""
        function = getattr(item, "obj", None)
        if not isinstance(item, pytest.Function) or not callable(function):
            return
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            return
        try:
            if isinstance(item, TestCaseFunction):
                self.watch_method(item)
            else:
                item.obj = self.witnessed(function, item.nodeid)
        except (AttributeError, TypeError):  # an object that lets nothing be put into it: its exception is all we get
            return
        self.endings[item.nodeid] = "not entered"

    def watch_method(self, item: Any) -> None:
        """Put ourselves into the class: unittest and pytest 8 look the method up anew when the test is set up."""
        case, name = item.parent.obj, item.originalname
        setattr(case, name, self.witnessed(getattr(case, name), item.nodeid))
        instance = getattr(item.obj, "__self__", None)
        if instance is not None:
            item.obj = getattr(instance, name)

    def witnessed(self, function: Callable[..., Any], node: str) -> Callable[..., Any]:
        """Return the function with ourselves around it; a coroutine stays one."""
        watched: Callable[..., Any]
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def watched(*args: object, **kwargs: object) -> object:
                with Body(self.endings, node):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def watched(*args: object, **kwargs: object) -> object:
                with Body(self.endings, node):
                    return function(*args, **kwargs)

        return watched

    def ended(self, call: pytest.CallInfo[Any], item: pytest.Item) -> str:
        """Return how the function of a call ended: "entered" while it still runs, "" where we cannot see it."""
        return self.endings.get(item.nodeid, "") if call.when == "call" else ""

    def forget(self, item: pytest.Item) -> None:
        """Make ready for a rerun."""
        self.endings[item.nodeid] = "not entered"


class Body:
    """Notes how one run of a test's function ends."""

    def __init__(self, endings: dict[str, str], node: str) -> None:
        self.endings, self.node = endings, node

    def __enter__(self) -> None:
        self.endings[self.node] = "entered"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        self.endings[self.node] = "returned" if error is None else kind_of(error)


def around(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a wrapper of a hook with an item and a call: in the new, cheaper style where pluggy has it (1.2)."""
    try:
        return pytest.hookimpl(wrapper=True, tryfirst=True)(function)
    except TypeError:
        return pytest.hookimpl(hookwrapper=True, tryfirst=True)(old_style(function))


def old_style(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the wrapper as an older pluggy wants it."""

    def pytest_runtest_makereport(
        self: object, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, Any, None]:
        inner = function(self, item, call)
        next(inner)
        outcome = yield
        try:
            try:
                result = outcome.get_result()
            except BaseException as error:  # noqa: BLE001  # the wrapper gets whatever the hook raised
                inner.throw(error)
            else:
                inner.send(result)
        except StopIteration as end:
            outcome.force_result(end.value)

    return pytest_runtest_makereport


class Witness:
    """Writes down what the session does, before another plugin can tell it otherwise."""

    def __init__(self, folder: str, spec: dict[str, Any]) -> None:
        self.stand = {"folder": folder, "spec": spec}
        self.spec = spec
        self.root: str = spec["root"]
        self.record = Record(folder, bytes.fromhex(spec["key"]))
        self.claims = Claims(spec)
        self.bodies = Bodies()
        self.select, self.done = set(spec["select"]), set(spec["done"])
        self.chosen: set[str] = set()  # node ids of the tests that are to run
        self.told_apart = False  # whether these have been told from the others

    def appear(self) -> None:
        """Say that the witness is there."""
        python = list(sys.version_info[:3])
        self.record.say("session", pid=os.getpid(), pytest=pytest.__version__, python=python)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Appear, in the process that runs tests."""
        self.appear()

    # -- collection ------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Say which file is about to be imported, in case that ends the process."""
        if isinstance(collector, pytest.File):
            self.record.say("collecting", path=self.claims.place(collector)[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say which file could not be collected, or skipped itself as a whole."""
        if report.outcome != "passed":
            self.record.say("uncollected", id=report.nodeid, outcome=report.outcome, text=text_of(report.longrepr))

    def pytest_pycollect_makeitem(
        self, collector: pytest.Collector, name: str, obj: Any
    ) -> list[pytest.Function] | None:
        """Make one item a criterion of each guardrail of the repository's own, bound to its parameters."""
        check = getattr(getattr(obj, "__coordguard__", None), "check", None)
        if check not in self.spec["guardrails"]:
            return None
        made = []
        for criterion, parameters in sorted(self.spec["guardrails"][check].items()):
            bound = functools.partial(obj, **parameters)
            item: pytest.Function = pytest.Function.from_parent(collector, name=f"{name}[{criterion}]", callobj=bound)
            item.add_marker(pytest.mark.criterion(criterion))
            made.append(item)
        return made

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Keep the tests that claim a criterion; all other hooks have had their way before.

        As the innermost wrapper this sees the list as collected; what the others take away afterwards shows
        as collected and never started.
        """
        chosen: list[pytest.Item] = []
        rest: list[pytest.Item] = []
        rows = []
        for item in items:
            criteria = self.claims.of(item)
            wanted = not self.select.isdisjoint(criteria) or self.claims.asked_for(item)
            wanted = wanted and item.nodeid not in self.done
            (chosen if wanted else rest).append(item)
            if criteria or wanted:
                rows.append(self.claims.row(item, criteria))
        self.chosen.update(item.nodeid for item in chosen)
        self.record.say("collected", items=rows, total=len(items))
        items[:] = chosen
        if rest:
            config.hook.pytest_deselected(items=rest)
        for item in chosen:
            self.bodies.watch(item)
        self.told_apart = True
        yield  # a hook that drops an item, or swaps its function, shows by a test or a body that never starts

    @pytest.hookimpl(tryfirst=True)
    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """Say what the repository's own settings or hooks leave out of what was chosen."""
        left_out = [item.nodeid for item in items if item.nodeid in self.chosen] if self.told_apart else []
        if left_out:
            self.record.say("deselected", ids=left_out)

    # -- running ---------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say that a test begins, so that one that never ends is seen."""
        if nodeid in self.chosen:
            self.record.say("start", id=nodeid)

    @around
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Say how a phase ended: the exception itself, and what the report makes of it after all other hooks."""
        if item.nodeid not in self.chosen:
            return (yield)
        raised = kind_of(call.excinfo.value) if call.excinfo is not None else ""
        text = one_line(call.excinfo) if call.excinfo is not None else ""
        try:
            report = yield
        except BaseException as error:
            told = repr(error)[:LIMIT]
            self.record.keep("phase", id=item.nodeid, when=call.when, raised="error", reported="", text=told)
            raise
        body = self.bodies.ended(call, item)
        if body == "entered":
            return report  # a subtest's, made while its test still runs; pytest_runtest_logreport says what it became
        self.record.keep(
            "phase",
            id=item.nodeid,
            when=call.when,
            raised=raised,
            body=body,
            reported=report.outcome,
            wasxfail=hasattr(report, "wasxfail"),
            text=text or (text_of(report.longrepr) if report.outcome == "skipped" else ""),
            place=place_of(call.excinfo, self.root),
            findings=findings_of(call.excinfo),
            seconds=round(call.duration, 4) if hasattr(call, "duration") else 0,
            hooks=meddlers(item, self.root) if tampered(raised, body, report) else [],
        )
        if body:
            self.bodies.forget(item)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say what a subtest became; its report shares the node id of its test."""
        if report.outcome == "passed" or type(report) is pytest.TestReport:
            return
        if type(report).__name__.lower() == "subtestreport" and report.nodeid in self.chosen:
            self.record.keep("subtest", id=report.nodeid, outcome=report.outcome, text=text_of(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Say that a test ended, teardown and all."""
        if nodeid in self.chosen:
            self.record.say("finish", id=nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Say that the session came to its end by itself."""
        stopped = str(session.shouldstop or session.shouldfail or "")
        self.record.say("end", status=int(exitstatus), shouldstop=stopped)


class Controller:
    """The part of the witness that sits in the controller of a distributed run: it collects and runs nothing."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker what it needs to be a witness too."""
        node.workerinput["coordguard_witness"] = self.witness.stand

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say which file no worker could collect."""
        self.witness.pytest_collectreport(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Say that the session came to its end by itself."""
        self.witness.pytest_sessionfinish(session, exitstatus)


class Fixtures:
    """What the repository's own guardrails may ask for by name."""

    def __init__(self, root: str) -> None:
        self.root = root

    @pytest.fixture
    def repo(self) -> Repository:
        """Return the repository as data."""
        import pathlib

        from pytest_coordguard import Repository

        return Repository(pathlib.Path(self.root))

    @pytest.fixture
    def evidence(self) -> Evidence:
        """Return a place for what a guardrail measures."""
        from pytest_coordguard import Evidence

        return Evidence()


# -- claims --------------------------------------------------------------------------------------------------

Named = dict[str, set[tuple[int, str, str]]]  # function, "" for all -> {(position in the plan, criterion, the name)}


def names_of(node: pytest.Item | pytest.Collector) -> list[str]:
    """Return the criteria of a node's own marks."""
    return [str(name) for mark in node.own_markers if mark.name == "criterion" for name in mark.args]


def index_of(claims: Mapping[str, Iterable[str]]) -> dict[str, Named]:
    """Return what the plan names, by path."""
    index: dict[str, Named] = {}
    for position, (criterion, names) in enumerate(claims.items()):
        for name in names:
            path, _, function = name.partition("::")
            key = "." if path in (".", "") else path.rstrip("/")
            index.setdefault(key, {}).setdefault(function, set()).add((position, criterion, name))
    return index


def above(here: str) -> Iterator[str]:
    """Yield a path and all folders that it lies in, "." last."""
    while here not in ("", ".", "/"):
        yield here
        here = os.path.dirname(here)
    yield "."


def matches(name: str, here: str, function: str) -> bool:
    """Tell whether a path or node id of the plan names this test."""
    path, _, wanted = name.partition("::")
    if not (here == path or path in (".", "") or here.startswith(path.rstrip("/") + "/")):
        return False
    if not wanted:
        return True
    return function == wanted or function.startswith((wanted + "[", wanted + "::"))


# -- functions -----------------------------------------------------------------------------------------------


def code_of(function: object) -> list[list[object]]:
    """Return [file name, first line] of each function that this one is, wraps, or holds in its closure."""
    found: list[list[object]] = []
    seen: set[int] = set()
    todo = [function]
    while todo and len(seen) < FAR:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        code = attribute(one, "__code__")
        if isinstance(code, types.CodeType):
            found.append([os.path.basename(code.co_filename), code.co_firstlineno])
        todo.extend(held_by(one))
    return found


def held_by(function: object) -> list[object]:
    """Return the functions that a function, a method, a partial or a decorator's object carries."""
    held = [attribute(function, name) for name in HOLDERS]
    held.extend(attribute(cell, "cell_contents") for cell in attribute(function, "__closure__") or ())
    held.extend((attribute(function, "__dict__") or {}).values())
    return [one for one in held if issubclass(type(one), FUNCTIONS) or any(attribute(one, name) for name in HOLDERS)]


def attribute(one: object, name: str) -> Any:
    """Return an attribute that is really there: proxies wake what they stand for when they are asked."""
    try:
        return object.__getattribute__(one, name)
    except Exception:  # noqa: BLE001  # a property may raise anything, a cell is empty before it is filled
        return None


# -- endings -------------------------------------------------------------------------------------------------


def kind_of(error: BaseException) -> str:
    """Return what an exception means for a criterion: failed, skipped, exit, or error with its class."""
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return "failed"
    if isinstance(error, pytest.skip.Exception) or type(error).__name__ == "SkipTest":
        return "skipped"
    if isinstance(error, pytest.xfail.Exception):
        return "xfailed"
    if isinstance(error, pytest.exit.Exception):
        return "exit"
    return f"error {type(error).__name__}"


def tampered(raised: str, body: str, report: pytest.TestReport) -> bool:
    """Tell whether the report says better of the phase than the exception does."""
    if report.outcome != "passed":
        return False
    return raised not in ("", "xfailed") or body not in ("", "returned")


def meddlers(item: pytest.Item, root: str) -> list[str]:
    """Name the plugins that could have changed an outcome: the repository's own; else all but pytest's and ours."""
    near: set[str] = set()
    far: set[str] = set()
    for hook in MEDDLED:
        for implementation in getattr(item.config.hook, hook).get_hookimpls():
            module = getattr(implementation.function, "__module__", "") or ""
            if not module.startswith(("_pytest", "coordguard_witness", "xdist")):
                name = f"{os.path.basename(str(implementation.plugin_name))} ({hook})"
                path = getattr(getattr(implementation.function, "__code__", None), "co_filename", "")
                (near if lies_in(path, root) else far).add(name)
    return sorted(near or far)


def lies_in(path: str, root: str) -> bool:
    """Tell whether a file is one of the repository's own, and not installed into a folder of it."""
    path = os.path.realpath(path)
    return path.startswith(root + os.sep) and not INSTALLED.search(path)


def place_of(excinfo: pytest.ExceptionInfo[BaseException] | None, root: str) -> list[object] | None:
    """Return [path, line] of the deepest frame that lies in the repository; `<frozen importlib>` is no file of it."""
    if excinfo is None:
        return None
    found: list[object] | None = None
    for entry in excinfo.traceback:
        path = str(entry.path)
        if lies_in(path, root) and os.path.isfile(path):
            here = os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/")
            found = [here, entry.lineno + 1]
    return found


def one_line(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Return an exception's class and text, whatever the exception's own methods do."""
    try:
        return (excinfo.exconly(tryshort=True) or "")[:LIMIT]
    except Exception as error:  # noqa: BLE001  # the repository's own `__str__`
        return f"{excinfo.typename} (its text cannot be shown: {type(error).__name__})"


def findings_of(excinfo: pytest.ExceptionInfo[BaseException] | None) -> list[list[Any]]:
    """Return path, line, message and rule of each finding that a guardrail of the repository's own ended with."""
    if excinfo is None or excinfo.typename != "Unmet":
        return []
    try:
        told = excinfo.value.findings[:FINDINGS]  # type: ignore[attr-defined]
        return [[str(each.path), int(each.line), str(each.message)[:LIMIT], str(each.rule)] for each in told]
    except Exception:  # noqa: BLE001  a class of that name that is not ours
        return []


def text_of(longrepr: object) -> str:
    """Return the text of a report: why it was skipped, or the end of its traceback."""
    if isinstance(longrepr, tuple):
        return str(longrepr[-1])[:LIMIT]
    return str(longrepr or "")[-LIMIT:]
