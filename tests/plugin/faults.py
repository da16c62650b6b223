"""The faults that a run may meet, and what is true of each criterion when it has met one.

A cell is one fault, in one state of xdist, on the commit that was green before or on the next one. What lies on disk
afterwards is graded by `fault_runs.grade`.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

OPEN = frozenset({"met"})
CLOSED = frozenset({"unmet", "broken", "not_run"})
UNMET = frozenset({"unmet"})
BROKEN = frozenset({"broken"})
FAILED = frozenset({1})
ANY = frozenset(range(1, 256)) | frozenset(range(-64, 0))
STATES = {"absent": ("-p", "no:xdist"), "idle": (), "n2": ("-n", "2")}


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of a run not to end well."""

    does: str = ""  # a function of the repository's fault.py
    at: str = ""  # where it is called
    arguments: tuple[str, ...] = ()
    plugin: str = ""  # where a plugin from outside the repository strikes the judge itself
    send: int = 0  # a signal, sent while the repository's test sleeps
    to: str = "judge"  # who gets it: the judge, or the worker that runs the repository's tests
    fates: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of the criteria that do not hold
    exits: frozenset[int] = FAILED
    files: Mapping[str, str] = field(default_factory=dict)  # on disk before the run
    kept: bool = False  # nothing is judged, so the files stay as they were
    selects: str = ""  # the criteria that the run is asked for begin so
    states: tuple[str, ...] = tuple(STATES)
    disk: str = ""  # what the disk below docs/ does: "full", "read-only"
    stales: bool = False  # the run is bound to no commit, so that nothing may be ticked
    needs: str = ""


def _tax(fate: frozenset[str]) -> dict[str, frozenset[str]]:
    return {"T-2/tax": fate}


ANY_FATE = CLOSED | OPEN
_CLAIMS = ("T-2/sum", "T-2/tax", "T-3/cases", "T-3/marked", "T-3/slow")
_ALL_CLAIMS = dict.fromkeys(_CLAIMS, CLOSED)
_JUDGE = frozenset({1, 2, 3})
_PLUGIN = ("-p", "bad_plugin")

FAULTS: dict[str, Fault] = {
    "none": Fault(exits=frozenset({0})),
    "-x": Fault("fails", "tax", ("-x",), fates=_tax(UNMET), exits=frozenset({1, 2})),
    "--maxfail=2": Fault("fails", "tax", ("--maxfail=2",), fates=_tax(UNMET)),
    "-k": Fault(arguments=("-k", "T-2"), selects="T-2"),
    "one file": Fault("fails", "tax", ("tests/test_sum.py",), fates=_tax(UNMET)),
    "--collect-only": Fault(arguments=("--collect-only",), kept=True),
    "collection error": Fault("raises", "import", fates=_tax(BROKEN)),
    "--continue-on-collection-errors": Fault(
        "raises", "import", ("--continue-on-collection-errors",), fates=_tax(BROKEN)
    ),
    "import ends the process": Fault("os_exit", "import", fates=_tax(BROKEN)),
    "a subtest fails": Fault("fails", "subtest", fates={"T-3/cases": UNMET}),
    "reruns, passes the second time": Fault(
        "fails_once", "tax", ("--reruns", "2"), fates=_tax(UNMET), needs="pytest-rerunfailures"
    ),
    "reruns, never passes": Fault("fails", "tax", ("--reruns", "1"), fates=_tax(UNMET), needs="pytest-rerunfailures"),
    "a fixture raises": Fault("raises", "fixture", fates=_tax(BROKEN)),
    "KeyboardInterrupt in a test": Fault("interrupts", "tax", fates=_tax(BROKEN)),
    "pytest.exit in a test": Fault("pytest_exit", "tax", fates=_tax(BROKEN)),
    "sys.exit(0) in a test": Fault("sys_exit", "tax", fates=_tax(BROKEN)),
    "os._exit(0) in a test": Fault("os_exit", "tax", fates=_tax(BROKEN)),
    "segfault in a test": Fault("segfault", "tax", fates=_tax(BROKEN)),
    "SIGTERM to the runner": Fault("sigterm", "tax", fates=_tax(BROKEN)),
    "SIGKILL to the runner": Fault("sigkill", "tax", fates=_tax(BROKEN)),
    "time-out by thread in a test": Fault("sleeps", "slow", fates={"T-3/slow": BROKEN}, needs="pytest-timeout"),
    "time limit of the runner": Fault(
        "sleeps", "tax", files={"coordguard.yaml": "timeout: 4s"}, fates=_tax(CLOSED), stales=True
    ),
    "time-out by thread of the judge": Fault(
        "sleeps", "tax", ("--timeout=4", "--timeout-method=thread"), fates=_ALL_CLAIMS, needs="pytest-timeout"
    ),
    "internal error in the repository's hook": Fault("raises", "protocol", fates=_tax(CLOSED)),
    "error in the repository's makereport": Fault("raises", "makereport", fates=_tax(CLOSED)),
    "exception in the repository's sessionfinish": Fault("raises", "sessionfinish", exits=frozenset({0})),
    "conftest fails at session start": Fault("raises", "sessionstart", fates=_ALL_CLAIMS),
    "os._exit(0) at session start": Fault("os_exit", "sessionstart", fates=_ALL_CLAIMS),
    "conftest cannot be imported": Fault(
        files={"tests/conftest.py": "import no_such_module\n"}, fates=_ALL_CLAIMS, stales=True
    ),
    "the command sleeps, SIGKILL": Fault("sleeps", "command", send=signal.SIGKILL, exits=ANY),
    "SIGINT to the judge": Fault("sleeps", "tax", send=signal.SIGINT, fates=_ALL_CLAIMS, exits=frozenset({2})),
    "SIGTERM to the judge": Fault("sleeps", "tax", send=signal.SIGTERM, fates=_ALL_CLAIMS, exits=frozenset({2})),
    "SIGKILL to the judge": Fault("sleeps", "tax", send=signal.SIGKILL, fates=_ALL_CLAIMS, exits=ANY),
    "a worker dies": Fault(
        # the item on the worker is lost; another worker runs the claims once more, and what holds then is true
        "sleeps",
        "tax",
        send=signal.SIGKILL,
        to="worker",
        fates=dict.fromkeys(_CLAIMS, ANY_FATE),
        states=("n2",),
        exits=frozenset({1, 2}),
    ),
    "plugin: internal error": Fault(arguments=_PLUGIN, plugin="protocol", fates=_tax(CLOSED), exits=_JUDGE),
    "plugin: error in makereport": Fault(arguments=_PLUGIN, plugin="makereport", fates=_tax(CLOSED), exits=_JUDGE),
    "plugin: exception in sessionfinish": Fault(arguments=_PLUGIN, plugin="sessionfinish", exits=_JUDGE),
    "plugin: fails at session start": Fault(arguments=_PLUGIN, plugin="sessionstart", exits=_JUDGE),
    "plugin: fails in collection": Fault(arguments=_PLUGIN, plugin="modifyitems", exits=_JUDGE),
    "plugin: fails in the summary": Fault(arguments=_PLUGIN, plugin="terminal_summary", exits=_JUDGE),
    "plugin: pytest.exit(0)": Fault(arguments=_PLUGIN, plugin="exit", fates=_tax(CLOSED), exits=_JUDGE),
    "plugin: KeyboardInterrupt": Fault(arguments=_PLUGIN, plugin="interrupt", fates=_tax(CLOSED), exits=_JUDGE),
    "plugin: os._exit(0)": Fault(arguments=_PLUGIN, plugin="os_exit", fates=_tax(CLOSED), exits=ANY | {0}),
    "bad option": Fault(arguments=("--no-such-option",), kept=True, exits=frozenset({4})),
    "no such file": Fault(arguments=("tests/test_none.py",), kept=True, exits=frozenset({4})),
    "plan error": Fault(files={"coordguard.yaml": "color: red"}, kept=True, exits=frozenset({4})),
    "HEAD moves while it runs": Fault("commits", "tax", stales=True),
    "a test changes a tracked file": Fault("dirties", "tax", exits=frozenset({0, 1}), stales=True),
    "read-only output": Fault("fails", "tax", fates=_tax(UNMET), disk="read-only"),
    "full disk": Fault("fails", "tax", fates=_tax(UNMET), disk="full"),
}
