"""The entry point of the plugin: options, marks, and the hand-over of a gate run to the judge.

Every pytest run of an environment that has the plugin installed loads this module, so it imports nothing and
registers no hook that a test would pay for; its two fixtures import what they give when a test asks for them. A run
that asks for a gate (`-m preaudit`) reads no `conftest.py` and none of the repository's pytest settings: its hooks hand
it over to a fresh process, the judge.

PYTEST_DONT_REWRITE: it holds no assert, and where no bytecode is written pytest would rewrite it at each start.
"""

from __future__ import annotations

import argparse

import pytest

GATES = ("preaudit", "review_gate")
ASKED = pytest.StashKey[str]()  # the gate that this run asked for


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a gate run."""
    group = parser.getgroup("coordguard", "acceptance criteria")
    group.addoption("--pr", type=int, metavar="N", help="the pull request that review_gate judges")
    group.addoption("--token-env", metavar="NAME", help="the variable with the token that GitHub is asked with")
    group.addoption(
        "--pr-facts", metavar="FILE", help="what is known of the pull request, saved: nothing is asked anew"
    )
    group.addoption(
        "--post",
        nargs="?",
        const="status",
        choices=("status", "check"),
        help="say the verdict on the pull request's page: a status (or a check run) and one comment",
    )
    group.addoption("--range", metavar="A..B", help="the commits that are judged, where a push has no pull request")
    group.addoption("--coordguard-plan", metavar="FILE", help="the plan (default: coordguard.yaml at the rootdir)")
    group.addoption("--service-url", metavar="URL", help="where the running service answers, instead of the plan's")
    group.addoption("--prove", action="store_true", help="plant each guardrail's faults and see that it finds them")
    group.addoption("--coordguard-judge", metavar="GATE", help=argparse.SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, since strict markers are common; in the judge, take the bench."""
    config.addinivalue_line("markers", "criterion(id): this test verifies the acceptance criterion TASK/slug")
    for gate in GATES:
        config.addinivalue_line("markers", f"{gate}: selects the criteria of this gate")
    if config.option.coordguard_judge:
        from pytest_coordguard import judge

        judge.configure(config)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Before the first conftest is read: see whether a gate is asked for, and then let none be read."""
    options = early_config.known_args_namespace
    if options.coordguard_judge:
        options.noconftest = True
        if not hasattr(early_config, "workerinput"):
            from pytest_coordguard.ledger import Main

            early_config.pluginmanager.register(Main(), "coordguard-main")
    elif options.markexpr and not options.help and not hasattr(early_config, "workerinput"):
        from pytest_coordguard import handover

        gate = handover.gate_asked_for(options.markexpr, early_config.rootpath, early_config.invocation_params.dir)
        if gate is not None:
            early_config.stash[ASKED] = gate
            options.noconftest = True
            args[:] = ["--noconftest"]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Hand a gate run over to the judge; any other run goes its way."""
    gate = config.stash.get(ASKED, None)
    if gate is None:
        given = config.option
        if (given.prove or given.range or given.post) and not given.coordguard_judge:
            option = "--prove" if given.prove else "--range" if given.range else "--pr N --post"
            raise pytest.UsageError(f"{option} is for a gate; meant: pytest -m preaudit {option}")
        return None
    from pytest_coordguard import handover

    return handover.judge(gate, config.invocation_params.args, config.rootpath, config.invocation_params.dir)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Where a mark selects no test at all, and looks like a gate that was mistyped, say what was meant."""
    asked = config.option.markexpr.strip()
    if exitstatus != pytest.ExitCode.NO_TESTS_COLLECTED or config.option.coordguard_judge or not asked.isidentifier():
        return
    import difflib

    from pytest_coordguard import handover

    gates = [*GATES, *handover.own_gates(config.rootpath, config.invocation_params.dir)]
    if near := difflib.get_close_matches(asked, gates, n=1, cutoff=0.7):
        terminalreporter.write_line(
            f"-m {asked}: no test has this mark, and no gate is called so; meant: -m {near[0]}?"
        )


@pytest.fixture(scope="session")
def golden_token() -> object:
    """A factory of tokens for tests, the same at each run and void in production: docs/golden-tokens.md."""
    from pytest_coordguard import golden

    return golden.golden_token


@pytest.fixture(scope="session")
def authz_headers() -> object:
    """A factory of request headers with such a token: `authz_headers(scope="models:read")`."""
    from pytest_coordguard import golden

    return golden.authz_headers
