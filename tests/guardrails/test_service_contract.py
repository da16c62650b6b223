"""`service.contract`: what schemathesis tried and found, and that a run which tried too little is not green."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_service_contract import test_the_contract_holds as contract

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service import contract as facts

ROOT = Path(__file__).parents[2]
OPEN = {"GET /healthz": "a load balancer asks", "GET /metrics": "Prometheus asks"}


def found(service, repo, **given):
    evidence = Evidence()
    try:
        contract(service=service, repo=repo, evidence=evidence, **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings], evidence
    return [], evidence


REPORT = {
    "schemathesis_version": "4.0",
    "stop_reason": "completed",
    "complete": True,
    "operations": {"selected": 1, "tested": 1},
    "test_cases": {"generated": 3},
    "failures": [],
    "errors": [],
}
STANDS_IN = """\
import json, os, sys
given = json.load(open({given!r}))
assert sys.argv[1] == "run" and "--origin" in sys.argv
path = sys.argv[sys.argv.index("--report-json-path") + 1]
if given["report"] is not None:
    json.dump(given["report"], open(path, "w"))
order = json.load(open(os.environ["COORDGUARD_CONTRACT"]))
with open(order["calls"], "w") as file:
    for call in given["calls"]:
        file.write(json.dumps(call) + "\\n")
print(given["output"])
sys.exit(given["exit"])
"""


@pytest.fixture
def said(facade, tmp_path):
    """Return what the check makes of what schemathesis says: a program that says so stands in for it."""

    def say(*, calls=(["GET /a", 200, []],), exits=0, output="", report=REPORT, changes=None, **given):
        known = {"calls": calls, "exit": exits, "output": output, "report": report and {**report, **(changes or {})}}
        (tmp_path / "given.json").write_text(json.dumps(known))
        (tmp_path / "stands_in.py").write_text(STANDS_IN.format(given=str(tmp_path / "given.json")))
        command = f"{sys.executable} {tmp_path / 'stands_in.py'}"
        return found(facade, Repository(tmp_path), command=command, **given)

    return say


def test_what_was_really_tried_is_told(said):
    calls = [["GET /a", 200, []], ["GET /a", 404, []], ["GET /a", 404, []]]
    findings, evidence = said(calls=calls)

    assert findings == []
    assert {measure.name: measure.value for measure in evidence.measures} == {
        "operations tested": 1,
        "cases generated": 3,
        "requests sent": 3,
        "control: a success of an operation": 1,
    }
    assert "GET /a: 1 x 200, 2 x 404" in evidence.remarks


def test_findings_name_the_operation_and_are_the_same_at_each_run(said):
    """The request that failed is in the evidence, without port and token."""
    failure = {"title": "Server error", "code": "ST101", "operations": ["POST /b", "GET /a"]}
    curl = "    curl -X POST -H 'Authorization: [Filtered]' -d '{}' http://127.0.0.1:12345/b"
    calls = [["GET /a", 200, []], ["POST /b", 404, ["X-RateLimit-Limit"]], ["POST /b", 0, []]]

    findings, evidence = said(calls=calls, exits=1, output=curl, changes={"failures": [failure]})

    assert findings == [
        "GET /a: Server error (ST101)",
        "POST /b: 404 lacks X-RateLimit-Limit",
        "POST /b: Server error (ST101)",
        "POST /b: a request gets no answer",
    ]
    assert "curl -X POST -H 'Authorization: [Filtered]' -d '{}' http://127.0.0.1:PORT/b" in evidence.remarks


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"operations": {"selected": 0, "tested": 0}}, "the description has no operation"),
        ({"operations": None}, "the description has no operation"),
        ({"operations": {"selected": 3, "tested": 2}}, "2 of 3 operations were tried; meant: more 'max_time'"),
        ({"complete": False, "stop_reason": "max_time"}, "it was cut short by max_time"),
        ({"test_cases": {"generated": 0}}, "not a single case was made"),
        ({"errors": [{"title": "Schema Error", "count": 2}]}, "could not try all: Schema Error"),
    ],
)
def test_a_run_that_tried_too_little_is_not_green(said, changes, told):
    with pytest.raises(Vacuous, match=told):
        said(changes=changes)


def test_a_run_that_never_got_behind_the_refusals_is_not_green(said):
    """A fuzzer that only ever met 404 or 429 has seen nothing of the code behind."""
    never = [["GET /a", 200, []], ["POST /b", 404, []]]
    with pytest.raises(Vacuous, match=r"never a success: POST /b \(404\). Meant: examples in the description"):
        said(calls=never)
    with pytest.raises(Vacuous, match="Meant: 'auth' of a caller with all scopes"):
        said(calls=[["GET /a", 200, []], ["POST /b", 429, []]])
    with pytest.raises(Vacuous, match="never saw a success of an operation"):
        said(calls=[["POST /b", 404, []]])
    with pytest.raises(Vacuous, match="never saw a success of an operation"):
        said(calls=[])
    assert said(calls=never, unreached={"POST /b": "needs an id"})[0] == []


def test_what_is_excused_without_need_or_reason_is_told(said):
    assert said(unreached={"GET /a": "why"}, exempt={"GET /gone": "why"})[0] == [
        "exempt: no operation 'GET /gone' was asked",
        "unreached: 'GET /a' succeeds",
    ]
    assert said(exempt={"GET /a": " "})[0] == ["exempt: 'GET /a' has no reason"]


def test_a_time_that_is_meant_to_be_short_may_cut(said):
    assert said(changes={"complete": False, "operations": {"selected": 3, "tested": 2}}, cut=True)[0] == []


def test_a_command_that_did_not_do_its_work_says_nothing(said):
    with pytest.raises(CannotJudge, match="schemathesis ended with exit status 2\nno schema"):
        said(exits=2, output="no schema")
    with pytest.raises(CannotJudge, match="schemathesis left no report"):
        said(report=None)


def test_a_command_that_is_not_there_says_how_to_get_it(facade, tmp_path, monkeypatch):
    repo = Repository(tmp_path)
    with pytest.raises(CannotJudge, match="command: 'no-such-st' is neither a file of the repository nor a command"):
        found(facade, repo, command="no-such-st")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotJudge, match=r"no command schemathesis here; install it into an environment of its own"):
        found(facade, repo)


# With schemathesis itself, as `make` installs it apart from this environment.


@pytest.fixture
def command():
    installed = ROOT / ".tools/schemathesis/bin/schemathesis"
    if installed.is_file():
        return str(installed)
    try:
        return facts.command_of("", ROOT)[0]
    except CannotJudge as error:
        pytest.skip(str(error))


@pytest.fixture
def tried(facade, command):
    """Return what a few cases of it find, the same ones each time."""

    def attempt(service=facade, **given):
        usual = {"command": command, "max_time": Seconds(60), "cases": 5, "headers": ["x-ratelimit"], "exempt": OPEN}
        return found(service, Repository(ROOT / "examples/facade"), **{**usual, **given})

    return attempt


def test_a_service_that_keeps_its_contract_is_green(tried):
    findings, evidence = tried()

    assert findings == []
    measured = {measure.name: measure.value for measure in evidence.measures}
    assert measured["operations tested"] == 8
    assert measured["control: a success of an operation"] == 8
    assert measured["requests sent"] >= measured["cases generated"] > 50
    assert evidence.tools["schemathesis"]


def test_a_crash_and_a_header_that_is_not_there_are_found(facade, tried):
    """A text that is not ASCII is nobody's example; 404 is in no description's happy path."""
    facade.broken("crash-on-odd-input", "no-x-family-on-404")

    findings, _ = tried(spec="openapi/facade.json")

    assert "POST /v1/embeddings: Server error (ST101)" in findings
    assert any("404 lacks X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset" in one for one in findings)


@pytest.mark.parametrize("violation", described(contract).violations, ids=lambda one: one.name)
def test_each_fault_on_the_way_is_found(facade, tried, violation):
    with facade.through(violation.changes(headers=["x-ratelimit"])) as spoilt:
        findings, evidence = tried(spoilt, phases=["coverage"], unreached={"GET /metrics": "none"})
        assert findings
        assert spoilt.spoilt
    assert Counter(evidence.remarks)
