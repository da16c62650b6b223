"""Objectives and traffic of a plan are read whole, or told with their line and what was meant."""

from pathlib import Path

import pytest
import yaml

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.slo import Slo, Traffic
from pytest_coordguard.domain.slo_type import QUERY, SloType, TrafficType
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.facts.yaml_lines import read_yaml
from pytest_coordguard.suite import suite

DOCS = Path(__file__).parents[2] / "docs"


def read(kind, text):
    """Return what is read, and what is told of it."""
    faults = Faults("coordguard.yaml")
    node = read_yaml(text.encode(), faults)
    return kind().read(node, "p95", faults), [str(finding) for finding in faults.findings]


def test_an_objective_is_read():
    assert read(SloType, "query: a\n  / b\nat_most: 1\nat_least: 0.5\nunit: s") == (Slo("a / b", 1, 0.5, "s"), [])
    assert read(TrafficType, "query: a\nat_least: 100") == (Traffic("a", 100), [])


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (SloType, "a / b", "1: 'p95' is 'a / b'; meant: a mapping with 'query'"),
        (SloType, "at_most: 1", f"1: 'p95' has no 'query'; meant: 'query: …' ({QUERY.doc.removesuffix('.')})"),
        (SloType, "query: a", "1: 'p95' has no bound; meant: 'at_most: …' or 'at_least: …' beside its query"),
        (SloType, "query: a\nat_most: .inf", "2: 'at_most' is '.inf'; meant: a number, as 10 or 7.5"),
        (SloType, "query: a\nat_mots: 1", "2: unknown key 'at_mots'; meant: at_most?"),
        (TrafficType, "query: a\nat_least: 0", "2: 'at_least' asks for no traffic; meant: a number above 0, as 100"),
        (TrafficType, "query: a\nat_least: .nan", "2: 'at_least' is '.nan'; meant: a number, as 10 or 7.5"),
    ],
)  # fmt: skip
def test_what_could_never_fail_is_told(kind, text, told):
    assert read(kind, text)[1] == [f"coordguard.yaml:{told}"]


def test_the_plan_of_the_page_is_read():
    """What a reader copies works."""
    text = (DOCS / "soak.md").read_text().partition("```yaml\n")[2].partition("```")[0]

    plan = read_plan(f"version: 1\n{text}".encode(), "p", {name: entry.signature for name, entry in suite().items()})

    (criterion,) = plan.criteria
    assert list(criterion.parameters["slos"]) == ["denial rate", "PDP p95", "5xx rate"]
    assert plan.soak == Soak(
        panels={"Guardian": "https://grafana.example.org/d/guardian?from={from}&to={to}&var-job={job}"},
        labels=("slo",),
    )


def test_the_workflow_runs_the_sentinel_and_may_write_issues():
    """Without that right it could not tell; with more it would hold more than it needs."""
    workflow = yaml.safe_load((DOCS / "workflows" / "soak.yml").read_text())

    assert workflow["permissions"] == {"contents": "read", "issues": "write"}
    assert workflow["jobs"]["soak"]["steps"][-1]["run"] == "coordguard soak --post"
