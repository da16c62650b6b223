import pytest
from pytest_coordguard.guardrails.test_own_tests import test_selection_passes as selection_passes

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.plan import Plan, Runner
from pytest_coordguard.facts.repository import Repository

PLAN = Plan("coordguard.yaml", "")
PASSES = "def test_a():\n    assert 1 + 1 == 2\n"


@pytest.fixture
def judge(tmp_path):
    def run(files, plan=PLAN, **parameters):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        evidence = Evidence()
        try:
            selection_passes(Repository(tmp_path), plan, evidence, **{"select": ["tests"], **parameters})
        except Unmet as unmet:
            return [str(finding) for finding in unmet.findings], evidence
        return [], evidence

    return run


def counts(evidence):
    return {measure.name.removeprefix("tests "): measure.value for measure in evidence.measures if measure.value}


def test_a_suite_that_passes_is_met(judge):
    """What did not pass is counted beside it."""
    text = PASSES + (
        "import pytest\n\n@pytest.mark.skip\ndef test_b():\n    assert 0\n\n"
        "@pytest.mark.xfail\ndef test_c():\n    assert 0\n\n@pytest.mark.xfail\ndef test_d():\n    assert 1\n"
    )
    found, evidence = judge({"tests/test_x.py": text})

    assert found == []
    assert counts(evidence) == {"passed": 1, "skipped": 1, "expected to fail": 2, "collected": 4}


def test_a_failing_test_is_a_finding_with_its_place(judge):
    """The line of the assertion, not of a helper of pytest's."""
    found, _ = judge({"tests/test_x.py": PASSES + "\ndef test_b():\n    assert 1 == 2\n"})

    assert found == ["tests/test_x.py:5: tests/test_x.py::test_b: assert 1 == 2"]


@pytest.mark.parametrize(
    "files, wanted",
    [
        ({"tests/test_x.py": ""}, "0 tests of tests passed; meant: at least 1"),
        (
            {"tests/test_x.py": "import pytest\n\n@pytest.mark.skip\ndef test_a():\n    pass\n"},
            "0 tests of tests passed, 1 were skipped; meant: at least 1",
        ),
    ],
    ids=["empty", "all-skipped"],
)
def test_nothing_that_passed_is_unmet(judge, files, wanted):
    """0 collected and all skipped are the two ways to be green while nothing was checked."""
    found, _ = judge(files)

    assert found == [wanted]


def test_fewer_than_asked_for_is_unmet(judge):
    """A suite that shrinks is seen."""
    found, _ = judge({"tests/test_x.py": PASSES}, at_least=2)

    assert found == ["1 tests of tests passed; meant: at least 2"]


def test_a_file_that_cannot_be_collected_is_a_finding(judge):
    """The tests in it did not run."""
    found, _ = judge({"tests/test_x.py": PASSES, "tests/test_y.py": "import nobody_has_this\n"})

    assert found == ["tests/test_y.py: cannot be collected: E   ModuleNotFoundError: No module named 'nobody_has_this'"]


def test_the_settings_of_the_repository_narrow_its_suite_and_a_mark_of_the_plan_does(judge):
    """`addopts = -m "not slow"` is the author's word for what the suite is; the plan can say otherwise."""
    files = {
        "pytest.ini": '[pytest]\naddopts = -m "not slow"\nmarkers = slow\n',
        "tests/test_x.py": PASSES + "\nimport pytest\n\n@pytest.mark.slow\ndef test_b():\n    assert 0\n",
    }
    narrowed, evidence = judge(files)
    asked_for, _ = judge(files, mark="slow")

    assert narrowed == []
    assert counts(evidence) == {"passed": 1, "collected": 2, "deselected": 1}
    assert len(asked_for) == 2


def test_settings_that_stop_pytest_are_told_in_its_own_words(judge):
    """pytest 8 sees an unknown setting before it collects, pytest 9 after: neither has run a test."""
    files = {"tests/test_x.py": PASSES, "pytest.ini": "[pytest]\naddopts = --strict-config\nnonsense = 1\n"}

    with pytest.raises(CannotJudge, match=r"started no test \(exit status 4\): ERROR: Unknown config option: nonsense"):
        judge(files)


def test_a_module_that_only_the_repository_s_environment_has_is_said_with_its_cure(judge):
    """The judge may be installed apart: then its own interpreter lacks what the tests import."""
    files = {
        "tests/conftest.py": "import only_in_their_environment\n",
        "tests/test_x.py": PASSES,
        "venv/bin/python": "",
    }

    with pytest.raises(CannotJudge, match=r"No module named .* say `runner: \{python: venv/bin/python\}` in the plan$"):
        judge(files)


def test_no_time_is_no_verdict(judge):
    """What was not run to its end is not known."""
    text = "import time\n\ndef test_a():\n    time.sleep(60)\n"

    with pytest.raises(CannotJudge, match=r"the time limit of 2 s was over"):
        judge({"tests/test_x.py": text}, within=2.0)


def test_an_interpreter_that_is_not_there_is_no_verdict(judge):
    """The plan's mistake is said in a sentence."""
    plan = Plan("coordguard.yaml", "", runner=Runner(python=".venv/bin/python"))

    with pytest.raises(CannotJudge, match=r"'.venv/bin/python' is neither a file of the repository nor a command"):
        judge({"tests/test_x.py": PASSES}, plan)


@pytest.mark.parametrize("violation", described(selection_passes).violations, ids=lambda one: one.name)
def test_each_planted_fault_is_found(tmp_path, violation):
    """In a copy: the tree that the user has stays as it is."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_x.py").write_text(PASSES)
    repo = Repository(tmp_path)

    with pytest.raises(Unmet):
        selection_passes(
            repo.with_changes(violation.plant(repo=repo, select=["tests"])), PLAN, Evidence(), select=["tests"]
        )
    assert (tmp_path / "tests/test_x.py").read_text() == PASSES


def test_a_selection_that_leads_nowhere_judges_nothing(judge):
    """A mistyped folder is no suite that failed: a waiver must not cover it."""
    with pytest.raises(Vacuous, match=r"^no such file or folder: test, tests/test_y.py::test_a$"):
        judge({"tests/test_x.py": PASSES}, select=["test", "tests", "tests/test_y.py::test_a"])
