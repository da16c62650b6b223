"""`slo.holds` and `coordguard soak` before a real Prometheus: what keeps its objectives, and what cannot be told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_slo import test_objectives_hold as check

sys.path.insert(0, str(Path(__file__).parents[1]))
from prometheus_lab import WHY_NOT, WINDOW, prometheus

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.slo import Slo, Traffic
from pytest_coordguard.facts.prometheus import Monitoring

check.__test__ = False
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

DENIAL = (
    'sum(rate(decisions_total{job="JOB",outcome="deny"}[{window}])) / sum(rate(decisions_total{job="JOB"}[{window}]))'
)
P95 = 'histogram_quantile(0.95, sum by (le) (rate(latency_bucket{job="JOB"}[{window}])))'
ERRORS = (
    '(sum(rate(requests_total{job="JOB",status=~"5.."}[{window}])) or vector(0))'
    ' / sum(rate(requests_total{job="JOB"}[{window}]))'
)
TRAFFIC = 'sum(increase(decisions_total{job="JOB"}[{window}]))'


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with prometheus(tmp_path_factory.mktemp("prometheus")) as found:
        yield found


def parameters(url, job, **changed):
    slos = {
        "denial rate": Slo(DENIAL.replace("JOB", job), at_most=0.15),
        "PDP p95": Slo(P95.replace("JOB", job), at_most=0.1, unit="s"),
        "5xx rate": Slo(ERRORS.replace("JOB", job), at_most=0.01),
    }
    traffic = Traffic(TRAFFIC.replace("JOB", job), at_least=50)
    return {"prometheus": url, "job": job, "slos": slos, "traffic": traffic, "window": WINDOW, **changed}


def one(url, query, job="good", **changed):
    """Return parameters with one objective alone."""
    return parameters(url, job, slos={"it": Slo(query.replace("JOB", job), at_most=0.15)}, **changed)


def judge(monitoring=None, /, **given):
    evidence = Evidence()
    check(monitoring or Monitoring(), evidence, **given)
    return evidence


def told(kind, **given):
    with pytest.raises(kind) as raised:
        judge(**given)
    return str(raised.value)


def test_a_service_that_keeps_its_objectives_holds_them(url):
    evidence = judge(**parameters(url, "good"))

    measured = {each.name: each for each in evidence.measures}
    assert list(measured) == ["targets up", "traffic", "denial rate", "PDP p95", "5xx rate"]
    assert measured["denial rate"].value == pytest.approx(0.052, abs=1e-4)
    assert measured["PDP p95"].value == pytest.approx(0.00475)
    assert (measured["5xx rate"].value, measured["targets up"].value) == (0, 1)
    assert evidence.remarks[0].startswith(f"asked {url} for 20")
    assert evidence.remarks[0].endswith(" UTC, over 3s")


def test_a_service_that_breaks_them_is_told_by_each(url):
    assert told(Unmet, **parameters(url, "bad")).splitlines() == [
        "5xx rate: 0.1, at most 0.01 wanted",
        "PDP p95: 0.2255s, at most 0.1s wanted",
        "denial rate: 0.398, at most 0.15 wanted",
    ]


ABSENT = (
    "no sample: a metric in it is not there, or has no series yet; where a part may be missing, as before the first "
    "5xx, meant: (… or vector(0)) around that part"
)
COMPARES = "no sample: the query compares by itself and is silent when all is well; meant: the value alone"
CONSTANT = (
    "the query gives 0 even where there is no data, so that a missing metric looks well; "
    "meant: `or vector(0)` around a part, not around the whole"
)
SILENT = {
    "absent": (DENIAL.replace("decisions", "decided"), ABSENT),
    "compares": (f"({DENIAL}) > 0.15", COMPARES),
    "default": (f"{DENIAL.replace('decisions', 'decided')} or vector(0)", CONSTANT),
    "constant": ("0", CONSTANT),
    "several": (
        'rate(decisions_total{job="JOB"}[{window}])',
        "2 series, told apart by instance, job, outcome; meant: one, as by sum(…)",
    ),
    "matrix": (
        'decisions_total{job="JOB"}[{window}]',
        "the query gives a matrix; meant: one number, as of an instant vector",
    ),
    "infinite": ('1 / (sum(rate(decisions_total{job="JOB"}[{window}])) * 0)', "the value is inf"),
}


@pytest.mark.parametrize("trouble", SILENT)
def test_what_looks_well_because_nothing_is_seen_is_never_met(url, trouble):
    query, why = SILENT[trouble]

    assert told(Vacuous, **one(url, query)) == f"it: {why}"


def test_an_idle_service_has_no_rates(url):
    """0/0 is NaN, and NaN is not above any bound."""
    assert told(Vacuous, **one(url, DENIAL, "idle")) == (
        "it: the value is nan (nothing happened in the window, or a bucket is missing)"
    )
    assert told(Vacuous, **one(url, 'max(up{job="JOB"}) * 0', "idle")) == "it: traffic is 0 in 3s, at least 50 wanted"


def test_too_little_traffic_neither_holds_nor_breaches(url):
    little = Traffic(TRAFFIC.replace("JOB", "bad"), at_least=1e6)

    assert "at least 1e+06 wanted" in told(Vacuous, **parameters(url, "bad", traffic=little))


def test_a_target_that_is_down_leaves_the_rest_unverified(url):
    assert "1 of 2 targets down (127.0.0.1:" in told(Vacuous, **parameters(url, "half"))
    assert told(Vacuous, **one(url, DENIAL, targets=2)) == "it: job 'good' has 1 targets, at least 2 wanted"
    assert told(Vacuous, **parameters(url, "good") | {"job": "gone"}).endswith(
        ": Prometheus scrapes no target of job 'gone'"
    )


def test_a_breach_is_told_though_a_target_is_down(url):
    strict = {"denial rate": Slo(DENIAL.replace("JOB", "half"), at_most=0.01)}

    assert told(Unmet, **parameters(url, "half", slos=strict)) == "denial rate: 0.052, at most 0.01 wanted"


def test_what_was_scraped_long_ago_is_stale(url):
    assert told(Vacuous, **one(url, DENIAL, max_age=0.0)).startswith("it: stale: job 'good' was last scraped ")


def test_a_window_that_was_not_watched_from_its_beginning_says_little(url):
    assert told(Vacuous, **one(url, DENIAL, window=36_000.0)) == (
        "it: job 'good' was not scraped yet when the window of 10h began"
    )


def test_a_quantile_beyond_the_last_bucket_is_never_within_a_bound(url):
    """Prometheus answers with the last bucket's bound, whatever the real value is."""
    lenient = {"p95": Slo(P95.replace("JOB", "saturated"), at_most=0.5, unit="s")}

    assert told(Vacuous, **parameters(url, "saturated", slos=lenient)) == (
        "p95: saturated: the quantile lies beyond the last bucket, 0.25"
    )
    assert told(Unmet, **parameters(url, "saturated")) == (
        "PDP p95: 0.25s or more (beyond the last bucket), at most 0.1s wanted"
    )


def test_a_query_that_is_none_is_told_in_the_words_of_prometheus(url):
    assert told(CannotJudge, **one(url, "sum(rate(")) == (
        'it: Prometheus refuses the query: invalid parameter "query": 1:10: parse error: unclosed left parenthesis'
    )


def test_every_fault_between_is_found(url):
    given = parameters(url, "good")
    seen = {}
    for violation in described(check).violations:
        fault = violation.changes(**given)
        with Monitoring().through(fault) as behind:
            try:
                judge(behind, **given)
            except Vacuous as error:
                assert violation.blinds
                seen[violation.name] = str(error).replace(ABSENT, "no sample")
            except Unmet as error:
                assert not violation.blinds
                seen[violation.name] = str(error)

    everywhere = "denial rate, PDP p95, 5xx rate: "
    assert seen == {
        "value-beyond-its-bound": "denial rate: 1.15, at most 0.15 wanted",
        "metric-gone": "denial rate: no sample",
        "no-number": "denial rate: the value is nan (nothing happened in the window, or a bucket is missing)",
        "several-series": "denial rate: 2 series, told apart by planted; meant: one, as by sum(…)",
        "old-answer": "denial rate: stale: the answer is of 3600 s before the time that was asked for",
        "target-down": f"{everywhere}job 'good': 1 of 1 targets down (?)",
        "no-traffic": f"{everywhere}traffic is 0 in 3s, at least 50 wanted",
    }


# -- the plan and the commands -------------------------------------------------------------------------------


def plan(root, url, job):
    slos = {
        name: {"query": each.query, "at_most": each.at_most, "unit": each.unit}
        for name, each in parameters(url, job)["slos"].items()
    }
    criterion = {
        "text": "The release candidate holds its objectives",
        "check": "slo.holds",
        "prometheus": url,
        "job": job,
        "window": f"{WINDOW:.0f}s",
        "traffic": {"query": TRAFFIC.replace("JOB", job), "at_least": 50},
        "slos": slos,
    }
    task = {"title": "RC soak sentinel", "accept": {"slos": criterion}}
    (root / "coordguard.yaml").write_text(json.dumps({"version": 1, "project": "shop", "tasks": {"RC-5": task}}))
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "plan"]):
        subprocess.run([*git, *command], cwd=root, check=True)


NO_TOKEN = "no usable token in COORDGUARD_TOKEN or GITHUB_TOKEN or GH_TOKEN; nothing is asked of GitHub without one"
UNSEEN = f"(one that is there was not looked for: {NO_TOKEN})"


def coordguard(root, *arguments):
    known = {
        name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "COORDGUARD_"))
    }
    command = [sys.executable, "-m", "pytest_coordguard.cli", *arguments]
    return subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, check=False, timeout=120)


def test_a_gate_run_proves_the_criterion(url, tmp_path):
    """Faults that leave nothing to look at prove as much as one that is found."""
    plan(tmp_path, url, "good")

    done = coordguard(tmp_path, "run", "preaudit", "--prove")

    assert done.returncode == 0, done.stdout
    status = json.loads((tmp_path / "docs/plans/task_status.json").read_text())
    assert [(each["verdict"], each["proven"]) for each in status["criteria"]] == [("met", True)]


def test_the_sentinel_says_nothing_when_all_is_well(url, tmp_path):
    plan(tmp_path, url, "good")

    done = coordguard(tmp_path, "soak")

    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "all 3 objectives hold",
            "  held          RC-5/slos: denial rate: 0.052 (at most 0.15)",
            "  held          RC-5/slos: PDP p95: 0.00475s (at most 0.1s)",
            "  held          RC-5/slos: 5xx rate: 0 (at most 0.01)",
            f"issue: nothing: all objectives hold, and no issue of ours is open {UNSEEN}",
        ],
    )


def test_the_sentinel_says_what_it_would_open(url, tmp_path):
    plan(tmp_path, url, "bad")

    done = coordguard(tmp_path, "soak", "--json")
    answer = json.loads(done.stdout)
    refused = coordguard(tmp_path, "soak", "--post")

    assert (done.returncode, answer["state"], answer["issue"]["act"]) == (1, "breached", "open")
    assert answer["issue"]["title"] == "SLO breach: denial rate, PDP p95, 5xx rate"
    assert answer["issue"]["posted"] is False
    assert (refused.returncode, refused.stdout.splitlines()[-1]) == (4, f"issue: cannot be kept: {NO_TOKEN}")


def test_what_cannot_be_verified_has_an_exit_status_of_its_own(url, tmp_path):
    plan(tmp_path, url, "half")
    down = coordguard(tmp_path, "soak")
    plan_of_nobody = (tmp_path / "coordguard.yaml").read_text().replace(url, "http://127.0.0.1:1")
    (tmp_path / "coordguard.yaml").write_text(plan_of_nobody)
    nobody = coordguard(tmp_path, "soak")

    assert (down.returncode, down.stdout.splitlines()[0]) == (5, "3 of 3 objectives could not be verified")
    assert (nobody.returncode, nobody.stdout.splitlines()[1]) == (
        5,
        "  not verified  RC-5/slos: no Prometheus at http://127.0.0.1:1 (connection refused)",
    )
    assert down.stdout.splitlines()[-1].startswith("issue: nothing: what could not be verified is no breach")


def test_a_plan_without_objectives_has_nothing_to_watch(tmp_path):
    (tmp_path / "coordguard.yaml").write_text("version: 1\ntasks: {}\n")

    done = coordguard(tmp_path, "soak")

    assert (done.returncode, done.stderr) == (
        4,
        "coordguard soak: coordguard.yaml has no criterion of slo.holds: there is nothing to watch\n",
    )
