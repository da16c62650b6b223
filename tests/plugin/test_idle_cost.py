"""A plain pytest run pays for nothing: what it imports of ours, and which of our hooks it calls."""

import json
import subprocess
import sys

import pytest

OURS = {"pytest_coordguard", "pytest_coordguard.plugin"}
PER_TEST = ("pytest_runtest", "pytest_itemcollected", "pytest_collectreport", "pytest_pycollect", "pytest_pyfunc",
            "pytest_fixture", "pytest_make_collect", "pytest_report_", "pytest_assert", "pytest_exception",
            "pytest_warning", "pytest_make_parametrize", "pytest_generate_tests", "pytest_collect_file",
            "pytest_ignore_collect", "pytest_pycollect_makeitem", "pytest_collectstart",
            "pytest_deselected")  # fmt: skip
PROBE = """
import json, sys
import pytest

class Probe:
    def pytest_configure(self, config):
        self.manager = config.pluginmanager

    def pytest_runtest_teardown(self, item):
        self.hooks = {
            caller.name
            for plugin in self.manager.get_plugins()
            if str(getattr(plugin, "__name__", None) or type(plugin).__module__).startswith("pytest_coordguard")
            for caller in self.manager.get_hookcallers(plugin) or ()
        }
        self.modules = sorted(sys.modules)

probe = Probe()
status = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[probe])
json.dump({"status": int(status), "hooks": sorted(probe.hooks), "modules": probe.modules}, sys.stderr)
"""


def plain_run(folder, *arguments):
    """Return what a run of one trivial test, in a process of its own, has imported and registered."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_trivial.py").write_text("def test_it():\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return json.loads(done.stderr.splitlines()[-1])


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    return plain_run(tmp_path_factory.mktemp("idle"))


def test_a_plain_run_imports_two_modules_of_ours_and_nothing_else(tmp_path, idle):
    """Every module is paid for in every run of every repository of an environment: at most three may be ours."""
    without = plain_run(tmp_path, "-p", "no:pytest_coordguard.plugin")
    assert (idle["status"], without["status"]) == (0, 0)
    assert set(idle["modules"]) - set(without["modules"]) == OURS


def test_a_plain_run_registers_no_hook_of_ours_that_a_test_would_call(idle):
    """A hook that is called for every test costs every test, even when it returns at once."""
    assert [name for name in idle["hooks"] if name.startswith(PER_TEST)] == []
    assert idle["hooks"] == [
        "pytest_addoption",
        "pytest_cmdline_main",
        "pytest_configure",
        "pytest_load_initial_conftests",
        "pytest_terminal_summary",
    ]


def test_the_suite_loads_no_client_before_a_live_criterion_asks():
    """Each gate run imports all guardrails; http.client alone brings ssl, 60 ms of each."""
    code = (
        "import json, sys; from pytest_coordguard.suite import suite; suite(); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"asyncio", "fastapi", "http.client", "http.server", "httpx", "openai", "requests", "schemathesis", "ssl"}

    assert heavy & set(json.loads(done.stdout)) == set()


def test_a_mark_expression_that_asks_for_no_gate_imports_no_judge(tmp_path):
    """`-m "not slow"` stands in many settings: it may read the expression, and nothing of the judge."""
    found = plain_run(tmp_path, "-m", "not slow")
    ours = {name for name in found["modules"] if name.startswith("pytest_coordguard")}
    assert ours == OURS | {"pytest_coordguard.handover"}
