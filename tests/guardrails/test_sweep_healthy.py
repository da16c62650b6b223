"""What `sweep.healthy` counts, where it draws the line, and what it compares with."""

import inspect
import json
from dataclasses import asdict

import pytest
from pytest_coordguard.guardrails.test_sweep import test_sweep_is_healthy as sweep_healthy

from pytest_coordguard.domain.evidence import Evidence, Sweep
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.facts import ruff
from pytest_coordguard.facts.repository import Repository

PLAN = Plan("coordguard.yaml", "")
LAST = "the sweep of 2026-11-20T09:00:00Z"
SHOP = {
    "app/__init__.py": b"",
    "app/x.py": b"import os\nvalue = unknown \n",
    "app/y.py": b"from app.x import value  # noqa: F401\nfrom app import gone\nimport candidate\n",
    "app/z.py": b"def f(:\n",
    "notes.md": b"candidate\n",
}


def judged(root, changes=SHOP, plan=PLAN, **options):
    """Return the evidence of a sweep that holds."""
    evidence = Evidence()
    sweep_healthy(Repository(root).with_changes(changes), evidence, plan, **{"python": "3.9", **options})
    return evidence


def refused(root, changes=SHOP, plan=PLAN, **options):
    """Return what the guardrail says of a sweep that does not hold."""
    with pytest.raises(Unmet) as unmet:
        judged(root, changes, plan, **options)
    return str(unmet.value).splitlines()


def swept(
    figures, when="2026-11-20", content="another", version=None, scope="sweep.healthy of ., Python 3.9", rules=""
):
    """Return the file of an earlier sweep."""
    tools = {"ruff": version or ruff.version(), "ruff rules": rules}
    document = {"timestamp": f"{when}T09:00:00Z", "sweeps": {"A/sweep": asdict(Sweep(scope, content, figures, tools))}}
    return {f"docs/audits/live/{when.replace('-', '')}T090000Z/state_sweep.json": json.dumps(document).encode()}


def test_all_figures_are_left_for_the_next_sweep(tmp_path):
    """One pass counts all of it; the rules of ruff are those that found something, and those with a bound."""
    evidence = judged(
        tmp_path, at_most={"E711": 0}, lanes={"app": ["candidate"]}, aliases=["candidate", "unkn*"], rules=["F", "W"]
    )

    assert evidence.sweep.scope == "sweep.healthy of ., Python 3.9"
    assert evidence.sweep.figures == {
        "files": 5,
        "python_files": 4,
        "syntax_errors": 1,
        "unresolved_imports": 1,
        "optional_imports": 0,
        "cycles": 0,
        "works_at_import_time": 0,
        "lane_violations": 1,
        "alias_hits": 2,
        "suppressed": 1,
        "E711": 0,
        "F401": 3,
        "F821": 1,
        "W291": 1,
    }
    assert evidence.sweep.tools["ruff rules"] == "E711,F,W"
    assert evidence.remarks == ["coverage is not counted: there is no coverage report"]


def test_a_count_above_its_bound_names_the_files_with_most_of_it(tmp_path):
    assert refused(tmp_path, at_most={"syntax_errors": 0, "F401": 2, "W": 0, "cycles": 0}) == [
        "F401 is 3, at most 2 wanted; most of it in app/y.py (2), app/x.py (1)",
        "W is 1, at most 0 wanted; most of it in app/x.py (1)",
        "syntax_errors is 1, at most 0 wanted; most of it in app/z.py (1)",
    ]


def test_a_count_below_its_bound_is_told(tmp_path):
    assert refused(tmp_path, at_least={"python_files": 9}) == ["python_files is 4, at least 9 wanted"]


def test_the_scope_is_all_that_counts(tmp_path):
    evidence = judged(tmp_path, at_most={"F821": 0, "syntax_errors": 0}, paths=["app"], exclude=["app/[xz].py"])

    assert evidence.sweep.figures["python_files"] == 2


def test_lanes_of_the_plan_are_counted(tmp_path):
    """What the plan says of its lanes need not be said again."""
    lane = Criterion("A/lane", "A", "", 1, check="imports.lanes", parameters={"lane": ["app"], "forbid": ["candidate"]})
    plan = Plan("coordguard.yaml", "", tasks=(Task("A", "", 1, criteria=(lane,)),))

    said = refused(tmp_path, plan=plan, at_most={"lane_violations": 0})

    assert said == ["lane_violations is 1, at most 0 wanted; most of it in app/y.py (1)"]


def test_alias_hits_of_a_report_are_read(tmp_path):
    files = {**SHOP, "hits.json": b'{"summary": {"total": 7}}'}

    said = refused(tmp_path, files, at_most={"alias_hits": 3}, alias_report="hits.json", alias_at="summary.total")

    assert said == ["alias_hits is 7, at most 3 wanted"]


def test_a_report_that_is_not_there_counts_nothing(tmp_path):
    with pytest.raises(CannotJudge, match=r"^no report hits\.json; a report that is not there counts nothing"):
        judged(tmp_path, at_most={"alias_hits": 3}, alias_report="hits.json", alias_at="total")


def test_coverage_of_a_report_is_a_figure(tmp_path):
    lcov = b"SF:app/x.py\nDA:1,1\nDA:2,0\nend_of_record\n"
    for path, content in {**SHOP, "lcov.info": lcov}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)

    assert refused(tmp_path, {}, at_least={"coverage": 75}) == ["coverage is 50, at least 75 wanted"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("coverage", r"coverage \(there is no report that is of the code as it is\)"),
        ("lane_violations", r"lane_violations \(the plan has no lane; give `lanes`\)"),
        ("alias_hits", r"alias_hits \(give `aliases`, or `alias_report`\)"),
    ],
)
def test_a_bound_on_what_was_not_counted_is_not_met(tmp_path, name, why):
    with pytest.raises(Vacuous, match=f"^not counted: {why}$"):
        judged(tmp_path, at_most={name: 1000})


def test_a_sweep_without_a_bound_could_never_be_red(tmp_path):
    with pytest.raises(CannotJudge, match="one of them is needed"):
        judged(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sintax_errors", "^'sintax_errors' is no figure; meant: syntax_errors, .*or a rule of ruff, as F821$"),
        ("F999999", "^ruff fails: .*F999999"),
    ],
)
def test_an_unknown_figure_is_no_figure_within_its_bound(tmp_path, name, said):
    with pytest.raises(CannotJudge, match=said):
        judged(tmp_path, at_most={name: 0})


def test_no_python_file_is_no_healthy_repository(tmp_path):
    with pytest.raises(Vacuous, match=r"^there is no Python file in app$"):
        judged(tmp_path, {"x.md": b""}, at_most={"F821": 0}, paths=["app"])


# -- the trend


def test_a_count_that_rises_or_does_not_fall_is_told_with_what_it_was(tmp_path):
    files = {**SHOP, **swept({"F821": 0, "F401": 3, "W291": 1, "cycles": 0, "python_files": 9})}

    assert refused(
        tmp_path, files, must_not_rise=["F821", "W291"], must_fall=["F401", "cycles"], must_not_fall=["python_files"]
    ) == [
        f"F401 is 3, and was 3 in {LAST}; it must fall; most of it in app/y.py (2), app/x.py (1)",
        f"F821 is 1, and was 0 in {LAST}; it must not rise; most of it in app/x.py (1)",
        f"python_files is 4, and was 9 in {LAST}; it must not fall",
    ]


def test_a_count_that_fell_is_said(tmp_path):
    evidence = judged(tmp_path, {**SHOP, **swept({"F821": 5})}, must_fall=["F821"])

    assert "F821 is 1, and was 5 in the sweep of 2026-11-20T09:00:00Z" in evidence.remarks


def test_the_newest_sweep_counts(tmp_path):
    files = {**SHOP, **swept({"F821": 0}, "2026-11-01"), **swept({"F821": 1}, "2026-11-20")}

    judged(tmp_path, files, must_not_rise=["F821"])


def test_a_run_that_is_made_again_does_not_take_itself_for_the_past(tmp_path):
    """A red gate turned green by a second run would say that the count fell."""
    content = judged(tmp_path, at_most={"F821": 9}).sweep.content
    files = {**SHOP, **swept({"F821": 1}, "2026-11-01"), **swept({"F821": 1}, "2026-11-20", content)}

    assert refused(tmp_path, files, must_fall=["F821"]) == [
        "F821 is 1, and was 1 in the sweep of 2026-11-01T09:00:00Z; it must fall; most of it in app/x.py (1)"
    ]


def test_another_version_of_ruff_counts_something_else(tmp_path):
    """A rule that finds more than it did has not risen; and that it has not cannot be said either."""
    files = {**SHOP, **swept({"F821": 9, "syntax_errors": 1}, version="0.8.0")}

    with pytest.raises(CannotJudge) as error:
        judged(tmp_path, files, must_not_rise=["F821", "syntax_errors"])

    assert str(error.value) == (
        "F821 was counted by ruff 0.8.0 in docs/audits/live/20261120T090000Z/state_sweep.json and is by "
        f"{ruff.version()} now; this run leaves a sweep for the next one"
    )


def test_a_rule_that_found_nothing_was_counted_all_the_same(tmp_path):
    """The file holds the rules that found something; of the others it holds that they were asked for."""
    files = {**SHOP, **swept({"F401": 3}, rules="E4,F8")}

    assert refused(tmp_path, files, must_not_rise=["F821"]) == [
        "F821 is 1, and was 0 in the sweep of 2026-11-20T09:00:00Z; it must not rise; most of it in app/x.py (1)"
    ]
    with pytest.raises(CannotJudge, match="W291 is in no earlier sweep"):
        judged(tmp_path, files, must_not_rise=["W291"])


@pytest.mark.parametrize("earlier", [{}, swept({"F821": 9}, scope="sweep.healthy of app, Python 3.9")])
def test_without_an_earlier_sweep_of_the_same_scope_no_trend_holds(tmp_path, earlier):
    with pytest.raises(Vacuous, match=r"^F821 is in no earlier sweep of the same scope; this run leaves a sweep"):
        judged(tmp_path, {**SHOP, **earlier}, must_not_rise=["F821"])


@pytest.mark.parametrize("text", [b"{", b'{"sweeps": {"A/sweep": {"scope": 1}}}'], ids=["no-json", "no-sweep"])
def test_a_sweep_that_was_bent_by_hand_is_not_passed_over(tmp_path, text):
    """The one before it might be kinder."""
    files = {**SHOP, "docs/audits/live/20261121T000000Z/state_sweep.json": text, **swept({"F821": 9})}

    with pytest.raises(CannotJudge, match=r"^docs/audits/live/20261121T000000Z/state_sweep\.json: "):
        judged(tmp_path, files, must_not_rise=["F821"])


def test_reports_of_earlier_runs_are_no_growth(tmp_path):
    evidence = judged(tmp_path, {**SHOP, **swept({"files": 5})}, must_not_rise=["files"])

    assert evidence.sweep.figures["files"] == 5


def test_every_fault_that_can_be_planted_is_found(tmp_path):
    options = {"at_most": {"cycles": 0, "F821": 3, "syntax_errors": 2}, "must_fall": ["W291"], "python": "3.9"}
    files = {**SHOP, **swept({"W291": 4})}
    repo = Repository(tmp_path).with_changes(files)
    known = {"repo": repo, "plan": PLAN, **options}
    for violation in described(sweep_healthy).violations:
        planted = violation.plant(
            **{k: v for k, v in known.items() if k in inspect.signature(violation.plant).parameters}
        )

        assert refused(tmp_path, {**files, **planted}, **options)


def test_a_fault_that_has_no_place_is_not_planted(tmp_path):
    plants = {violation.name: violation.plant for violation in described(sweep_healthy).violations}
    repo = Repository(tmp_path).with_changes(SHOP)

    with pytest.raises(CannotPlant, match="no upper bound for syntax_errors"):
        plants["broken-file"](repo, at_most={"F821": 0})
    with pytest.raises(CannotPlant, match="no figure with an upper bound"):
        plants["count-above-its-bound"](repo, at_most={"coverage": 0})
    with pytest.raises(CannotPlant, match="no figure that must not rise"):
        plants["count-that-rises-where-it-must-fall"](repo, PLAN, must_fall=["coverage"])
