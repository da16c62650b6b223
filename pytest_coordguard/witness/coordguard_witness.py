"""Inside the repository's own pytest: selects the tests that claim criteria and says what became of each.

Standard library and pytest alone, Python 3.9 and pytest 7 or newer: it is loaded by the interpreter of the
repository that is judged (`-p coordguard_witness`), where nothing else of ours need be installed.

It takes `spec.json` from the folder that `COORDGUARD_WITNESS` names and appends events, one JSON list a line behind
its seal, to `events-<pid>.jsonl` there. What is not written did not happen: the reader counts it as not run.

Imported before the first file of the repository is: what it needs it binds now, and the spec, with the key of the
seals, is gone from the disk and the environment when a conftest comes up. PYTEST_DONT_REWRITE: pytest would warn that
it came too late to rewrite this module, and some repositories make errors of warnings.
"""

import _imp
import functools
import hashlib
import inspect
import json
import os
import re
import types
from os import write

import pytest
from _pytest.unittest import TestCaseFunction

LIMIT = 4000  # characters of one message
FAR = 200  # functions looked at in search of the one that a decorator hides
HOLDERS = ("__wrapped__", "__func__", "func", "inner_test")
FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
INNER = re.compile(r"(?=\[|::)")  # where a test's name ends and its parameters, or a class's methods, begin
INSTALLED = re.compile(r"[\\/](site-packages|\.venv|\.tox)[\\/]")

encoded = json.JSONEncoder(default=str, check_circular=False).encode  # built once, called twice a test


def around(function):
    """Make a wrapper of a hook with an item and a call: in the new, cheaper style where pluggy has it (1.2)."""
    try:
        return pytest.hookimpl(wrapper=True, tryfirst=True)(function)
    except TypeError:
        return pytest.hookimpl(hookwrapper=True, tryfirst=True)(old_style(function))


def old_style(function):
    """Return the wrapper as an older pluggy wants it."""

    def pytest_runtest_makereport(self, item, call):
        inner = function(self, item, call)
        next(inner)
        outcome = yield
        try:
            try:
                result = outcome.get_result()
            except BaseException as error:
                inner.throw(error)
            else:
                inner.send(result)
        except StopIteration as end:
            outcome.force_result(end.value)

    return pytest_runtest_makereport


class Witness:
    """Writes down what the session does, before another plugin can tell it otherwise."""

    def __init__(self, folder, spec):
        self.stand = {"folder": folder, "spec": spec}
        self.spec = spec
        self.key = bytes.fromhex(spec["key"])
        self.root = self.spec["root"]
        self.done = set(self.spec["done"])
        self.out = os.open(
            os.path.join(folder, "events-%d.jsonl" % os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        self.known, self.select = set(spec["criteria"]), set(spec["select"])
        self.named = index_of(spec["claims"])
        self.named_near = {}  # file -> what the plan names of it and of the folders above it
        self.places = {}  # file as pytest has it -> relative to the root
        self.marks = {}  # id of a collector -> criteria of its marks and of those above it
        self.unsaid = []  # events of the test that runs; written when it ends
        self.claims = {}  # item node id -> criteria
        self.chosen = False  # whether the claims have been told from the other tests
        self.bodies = {}  # item node id -> how its function ended, when we saw it

    def say(self, event, **facts):
        """Append an event and those that were kept: one line, one seal, one write; so no two processes' lines mix."""
        self.keep(event, **facts)
        line = encoded(self.unsaid).encode("ascii")
        self.unsaid = []
        write(self.out, seal(line, self.key) + b" " + line + b"\n")

    def keep(self, event, **facts):
        """Keep an event until the next one is said: a test that began and does not end is broken anyway."""
        facts["e"] = event
        self.unsaid.append(facts)

    # -- collection ------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        """Say that the witness is there."""
        self.say("session", pid=os.getpid(), pytest=pytest.__version__, python=list(os.sys.version_info[:3]))

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_collection_modifyitems(self, session, config, items):
        """Keep the tests that claim a criterion; all other hooks have had their way before.

        As the innermost wrapper this sees the list as collected; what the others take away afterwards shows
        as collected and never started.
        """
        chosen, rest, rows = [], [], []
        for item in items:
            criteria = self.criteria_of(item)
            unknown = [name for name in criteria if name not in self.known]
            if criteria:
                rows.append(self.row(item, criteria, unknown))
            wanted = [name for name in criteria if name in self.select]
            by_path = self.asked_for(item)
            if (wanted or by_path) and item.nodeid not in self.done:
                chosen.append(item)
                self.claims[item.nodeid] = wanted
                if by_path and not criteria:
                    rows.append(self.row(item, [], []))
            else:
                rest.append(item)
        self.say("collected", items=rows, total=len(items))
        items[:] = chosen
        if rest:
            config.hook.pytest_deselected(items=rest)
        for item in chosen:
            self.watch(item)
        self.chosen = True
        yield  # a hook that drops an item, or swaps its function, shows by a test or a body that never starts

    @pytest.hookimpl(tryfirst=True)
    def pytest_deselected(self, items):
        """Say what the repository's own settings or hooks leave out of what was chosen."""
        left_out = [item.nodeid for item in items if item.nodeid in self.claims] if self.chosen else []
        if left_out:
            self.say("deselected", ids=left_out)

    def pytest_pycollect_makeitem(self, collector, name, obj):
        """Make one item a criterion of each guardrail of the repository's own, bound to its parameters."""
        check = getattr(getattr(obj, "__coordguard__", None), "check", None)
        if check not in self.spec["guardrails"]:
            return None
        made = []
        for criterion, parameters in sorted(self.spec["guardrails"][check].items()):
            title = "%s[%s]" % (name, criterion)
            item = pytest.Function.from_parent(collector, name=title, callobj=functools.partial(obj, **parameters))
            item.add_marker(pytest.mark.criterion(criterion))
            made.append(item)
        return made

    def criteria_of(self, item):
        """Return the criteria that an item claims, by its marks and by the plan."""
        marked = [*names_of(item), *self.marked_above(item.parent)]
        named = self.named_by_plan(item) if self.named else ()
        return list(dict.fromkeys([*marked, *named])) if marked or named else []

    def marked_above(self, node):
        """Return the criteria of a collector's marks; looked up once, since all its items share them."""
        if node is None:
            return ()
        if id(node) not in self.marks:
            self.marks[id(node)] = (*names_of(node), *self.marked_above(node.parent))
        return self.marks[id(node)]

    def named_by_plan(self, item):
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

    def asked_for(self, item):
        """Tell whether the item lies below a path of the command line and carries the gate's own mark."""
        if not self.spec["paths"]:
            return False
        here, function = self.place(item)
        return bool(
            any(matches(name, here, function) for name in self.spec["paths"])
            and item.get_closest_marker(self.spec["gate"])
        )

    def place(self, item):
        """Return the item's file relative to the root, and the rest of its node id."""
        path = str(getattr(item, "path", None) or getattr(item, "fspath", ""))
        here = self.places.get(path)
        if here is None:
            here = os.path.relpath(os.path.realpath(path), self.root).replace(os.sep, "/")
            self.places[path] = here
        _, _, function = item.nodeid.partition("::")
        return here, function

    def row(self, item, criteria, unknown):
        here, function = self.place(item)
        line = (item.location[1] or 0) + 1 if item.location else 0
        return {
            "id": item.nodeid,
            "path": here,
            "test": function,
            "line": line,
            "criteria": criteria,
            "unknown": unknown,
            "code": code_of(item.obj) if isinstance(item, pytest.Function) else [],
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector):
        """Say which file is about to be imported, in case that ends the process."""
        if isinstance(collector, pytest.File):
            self.say("collecting", path=self.place(collector)[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report):
        """Say which file could not be collected, or skipped itself as a whole."""
        if report.outcome != "passed":
            self.say("uncollected", id=report.nodeid, outcome=report.outcome, text=text_of(report.longrepr))

    # -- running ---------------------------------------------------------------------------------------------

    def watch(self, item):
        """Put ourselves next to the test's function, inside of every hook, to see how it really ends."""
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
        except (AttributeError, TypeError):
            return
        self.bodies[item.nodeid] = "not entered"

    def watch_method(self, item):
        """Put ourselves into the class: unittest and pytest 8 look the method up anew when the test is set up."""
        case, name = item.parent.obj, item.originalname
        setattr(case, name, self.witnessed(getattr(case, name), item.nodeid))
        instance = getattr(item.obj, "__self__", None)
        if instance is not None:
            item.obj = getattr(instance, name)

    def witnessed(self, function, node):
        """Return the function with ourselves around it; a coroutine stays one."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def watched(*args, **kwargs):
                with Body(self.bodies, node):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def watched(*args, **kwargs):
                with Body(self.bodies, node):
                    return function(*args, **kwargs)

        return watched

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid, location):
        """Say that a test begins, so that one that never ends is seen."""
        if nodeid in self.claims:
            self.say("start", id=nodeid)

    @around
    def pytest_runtest_makereport(self, item, call):
        """Say how a phase ended: the exception itself, and what the report makes of it after all other hooks."""
        if item.nodeid not in self.claims:
            return (yield)
        raised = kind_of(call.excinfo.value) if call.excinfo is not None else ""
        text = one_line(call.excinfo) if call.excinfo is not None else ""
        try:
            report = yield
        except BaseException as error:
            self.keep("phase", id=item.nodeid, when=call.when, raised="error", reported="", text=repr(error)[:LIMIT])
            raise
        body = self.bodies.get(item.nodeid, "") if call.when == "call" else ""
        if body == "entered":
            return report  # a subtest's, made while its test still runs; pytest_runtest_logreport says what it became
        self.keep(
            "phase",
            id=item.nodeid,
            when=call.when,
            raised=raised,
            body=body,
            reported=report.outcome,
            wasxfail=hasattr(report, "wasxfail"),
            text=text or (text_of(report.longrepr) if report.outcome == "skipped" else ""),
            place=place_of(call.excinfo, self.root),
            seconds=round(call.duration, 4) if hasattr(call, "duration") else 0,
            hooks=self.meddlers(item) if tampered(raised, body, report) else [],
        )
        if body:
            self.bodies[item.nodeid] = "not entered"
        return report

    def meddlers(self, item):
        """Name the plugins that could have changed an outcome: the repository's own; else all but pytest's and ours."""
        near, far = set(), set()
        for hook in (
            "pytest_runtest_makereport",
            "pytest_runtest_call",
            "pytest_pyfunc_call",
            "pytest_runtest_protocol",
        ):
            for implementation in getattr(item.config.hook, hook).get_hookimpls():
                module = getattr(implementation.function, "__module__", "") or ""
                if not module.startswith(("_pytest", "coordguard_witness", "xdist")):
                    name = "%s (%s)" % (os.path.basename(str(implementation.plugin_name)), hook)
                    (near if self.is_ours(implementation.function) else far).add(name)
        return sorted(near or far)

    def is_ours(self, function):
        """Tell whether a hook's code lies in the repository, so that it is the first to be named."""
        path = os.path.realpath(getattr(getattr(function, "__code__", None), "co_filename", ""))
        return path.startswith(self.root + os.sep) and not INSTALLED.search(path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        """Say what a subtest became; its report shares the node id of its test."""
        if type(report) is pytest.TestReport or report.outcome == "passed":
            return
        if type(report).__name__.lower() == "subtestreport" and report.nodeid in self.claims:
            self.keep("subtest", id=report.nodeid, outcome=report.outcome, text=text_of(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self, nodeid, location):
        """Say that a test ended, teardown and all."""
        if nodeid in self.claims:
            self.say("finish", id=nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        """Say that the session came to its end by itself."""
        self.say("end", status=int(exitstatus), shouldstop=str(session.shouldstop or session.shouldfail or ""))


class Body:
    """Notes how a test's function ends."""

    def __init__(self, bodies, node):
        self.bodies, self.node = bodies, node

    def __enter__(self):
        self.bodies[self.node] = "entered"

    def __exit__(self, kind, error, traceback):
        self.bodies[self.node] = "returned" if kind is None else kind_of(error)


def seal(line, key):
    """Return what only a process that was given the key could put before a line."""
    return hashlib.blake2s(line, key=key, digest_size=16).hexdigest().encode("ascii")


def code_of(function):
    """Return [file name, first line] of each function that this one is, wraps, or holds in its closure."""
    found, seen, todo = [], set(), [function]
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


def held_by(function):
    """Return the functions that a function, a method, a partial or a decorator's object carries."""
    held = [attribute(function, name) for name in HOLDERS]
    for cell in attribute(function, "__closure__") or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue  # not filled yet
    held.extend((attribute(function, "__dict__") or {}).values())
    return [one for one in held if issubclass(type(one), FUNCTIONS) or any(attribute(one, name) for name in HOLDERS)]


def attribute(one, name):
    """Return an attribute that is really there: proxies wake what they stand for when they are asked."""
    try:
        return object.__getattribute__(one, name)
    except Exception:
        return None


def names_of(node):
    """Return the criteria of a node's own marks."""
    return [str(name) for mark in node.own_markers if mark.name == "criterion" for name in mark.args]


def index_of(claims):
    """Return what the plan names: path -> function -> {(position in the plan, criterion, the name)}."""
    index = {}
    for position, (criterion, names) in enumerate(claims.items()):
        for name in names:
            path, _, function = name.partition("::")
            key = "." if path in (".", "") else path.rstrip("/")
            index.setdefault(key, {}).setdefault(function, set()).add((position, criterion, name))
    return index


def above(here):
    """Yield a path and all folders that it lies in, "." last."""
    while here not in ("", ".", "/"):
        yield here
        here = os.path.dirname(here)
    yield "."


def matches(name, here, function):
    """Tell whether a path or node id of the plan names this test."""
    path, _, wanted = name.partition("::")
    if not (here == path or path in (".", "") or here.startswith(path.rstrip("/") + "/")):
        return False
    if not wanted:
        return True
    return function == wanted or function.startswith((wanted + "[", wanted + "::"))


def kind_of(error):
    """Return what an exception means for a criterion: failed, skipped, exit, or error with its class."""
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return "failed"
    if isinstance(error, pytest.skip.Exception) or type(error).__name__ == "SkipTest":
        return "skipped"
    if isinstance(error, pytest.xfail.Exception):
        return "xfailed"
    if isinstance(error, pytest.exit.Exception):
        return "exit"
    return "error " + type(error).__name__


def tampered(raised, body, report):
    """Tell whether the report says better of the phase than the exception does."""
    if report.outcome != "passed":
        return False
    return raised not in ("", "xfailed") or body not in ("", "returned", "xfailed")


def one_line(excinfo):
    try:
        return (excinfo.exconly(tryshort=True) or "")[:LIMIT]
    except Exception as error:
        return "%s (its text cannot be shown: %s)" % (excinfo.typename, type(error).__name__)


def place_of(excinfo, root):
    """Return [path, line] of the deepest frame that lies in the repository."""
    if excinfo is None:
        return None
    found = None
    for entry in excinfo.traceback:
        path = os.path.realpath(str(entry.path))
        if path.startswith(root + os.sep) and not INSTALLED.search(path):
            found = [os.path.relpath(path, root).replace(os.sep, "/"), entry.lineno + 1]
    return found


def text_of(longrepr):
    if isinstance(longrepr, tuple):
        return str(longrepr[-1])[:LIMIT]
    return str(longrepr or "")[-LIMIT:]


def pytest_configure(config):
    """Take the stand: in a run of our own, and in each worker of it."""
    config.addinivalue_line("markers", "criterion(id): this test verifies the acceptance criterion TASK/slug")
    for gate in ("preaudit", "review_gate"):
        config.addinivalue_line("markers", gate + ": selects the criteria of this gate")
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
        witness.say("session", pid=os.getpid(), pytest=pytest.__version__, python=list(os.sys.version_info[:3]))
        config.pluginmanager.register(Controller(witness), "coordguard-witness")


def give_once(config):
    """Leave out the paths that another one holds; a file that it would pass over for its name is let in by that name.

    Of `tests tests/a.py` pytest 8 collects the file alone; of `tests tests/check_a.py` pytest 9 passes over the file.
    """
    whole = {os.path.abspath(path): path for path in config.args if os.path.isdir(path)}
    kept = []
    for path in config.args:
        above = os.path.dirname(os.path.abspath(path))
        if not any(above == folder or above.startswith(folder.rstrip(os.sep) + os.sep) for folder in whole):
            kept.append(path)
        elif os.path.isfile(path):
            config.getini("python_files").append(os.path.basename(path))
    config.args[:] = kept


class Fixtures:
    """What the repository's own guardrails may ask for by name."""

    def __init__(self, root):
        self.root = root

    @pytest.fixture
    def repo(self):
        """Return the repository as data."""
        import pathlib

        from pytest_coordguard import Repository

        return Repository(pathlib.Path(self.root))

    @pytest.fixture
    def evidence(self):
        """Return a place for what a guardrail measures."""
        from pytest_coordguard import Evidence

        return Evidence()


class Controller:
    """The part of the witness that sits in the controller of a distributed run: it collects and runs nothing."""

    def __init__(self, witness):
        self.witness = witness

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        """Give a worker what it needs to be a witness too."""
        node.workerinput["coordguard_witness"] = self.witness.stand

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report):
        """Say which file no worker could collect."""
        self.witness.pytest_collectreport(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        """Say that the session came to its end by itself."""
        self.witness.pytest_sessionfinish(session, exitstatus)


def take_the_stand():
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
