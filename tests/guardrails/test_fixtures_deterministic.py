"""`fixtures.deterministic`: where chance, the clock and the hash seed come into fixtures."""

import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_fixtures import test_fixtures_are_deterministic as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "fixtures.deterministic"
PLAN = {"files": ["tokens.py"]}


@pytest.mark.parametrize("folder", sorted((SAMPLES / "good").iterdir()), ids=lambda folder: folder.name)
def test_good_samples_are_met(folder):
    assert met(check, Repository(folder), **PLAN).measures[1].value >= 4


@pytest.mark.parametrize("folder", sorted((SAMPLES / "bad").iterdir()), ids=lambda folder: folder.name)
def test_bad_samples_are_unmet(folder):
    assert unmet(check, Repository(folder), **PLAN) == (folder / "expected.txt").read_text().splitlines()


def repository(folder, text):
    (folder / "tokens.py").write_text(text)
    return Repository(folder)


def test_values_from_the_environment_are_told_or_a_fault(tmp_path):
    repo = repository(
        tmp_path, "import os\n\n\ndef token():\n    return os.getenv('A', 'x') + os.environ.get('B', 'y')\n"
    )
    words = [f"tokens.py:5: {name} depends on the environment (in token)" for name in ("os.environ", "os.getenv")]

    assert met(check, repo, **PLAN).remarks == words
    assert met(check, repo, **PLAN, environment="ignore").remarks == []
    assert unmet(check, repo, **PLAN, environment="fail") == words


def test_only_what_the_plan_names_is_looked_at(tmp_path):
    repo = repository(
        tmp_path, "import time\n\n\ndef golden():\n    return 1\n\n\ndef wait():\n    return time.time()\n"
    )

    met(check, repo, **PLAN, functions=["golden*"])
    with pytest.raises(Vacuous, match=r"^nothing is defined in tokens\.py that the plan names$"):
        check(repo=repo, evidence=Evidence(), **PLAN, functions=["gold"])


def test_helpers_are_followed_where_the_plan_says(tmp_path):
    (tmp_path / "app.py").write_text("import time\n\n\ndef now():\n    return time.time()\n")
    repo = repository(tmp_path, "from app import now\n\n\ndef token():\n    return now()\n")

    assert unmet(check, repo, **PLAN) == [
        "app.py:5: time.time depends on the clock; reached by tokens.py:token -> app.py:now"
    ]
    met(check, repo, **PLAN, follow=["tests/"])


def test_an_exception_has_a_reason_and_is_used(tmp_path):
    repo = repository(tmp_path, "import time\n\nSTART = time.time()\n")

    met(check, repo, **PLAN, allow={"tokens.py:time.*": "measures how long the tests take"})
    assert unmet(check, repo, **PLAN, allow={"tokens.py:uuid.uuid4": "?"}) == [
        "tokens.py:3: time.time depends on the clock (in START)",
        "allow: 'tokens.py:uuid.uuid4' excuses nothing",
    ]


def test_a_file_that_does_not_compile_is_a_fault(tmp_path):
    assert unmet(check, repository(tmp_path, "x = 1\ndef (:\n"), **PLAN) == [
        "tokens.py: not readable as Python: invalid syntax (line 2)"
    ]


def test_nothing_to_look_at_is_vacuous(tmp_path):
    with pytest.raises(Vacuous, match=r"^no Python file matches gone\.py$"):
        check(repo=Repository(tmp_path), evidence=Evidence(), files=["gone.py"])
    with pytest.raises(Vacuous, match=r"^nothing is defined in tokens\.py$"):
        check(repo=repository(tmp_path, "# empty\n"), evidence=Evidence(), **PLAN)


def test_every_violation_is_seen(tmp_path):
    repo = repository(tmp_path, "x = 1\n")
    here = "(in coordguard_planted_token)"
    way = "tokens.py:coordguard_planted_token -> coordguard_planted_helper.py:make"

    assert planted(check, repo, **PLAN) == {
        "token-drawn-by-chance": [f"tokens.py:7: random.choices is drawn anew at each run {here}"],
        "token-from-uuid4": [f"tokens.py:7: uuid.uuid4 is drawn anew at each run {here}"],
        "token-from-the-clock": [f"tokens.py:7: time.time depends on the clock {here}"],
        "through-a-helper": [
            f"coordguard_planted_helper.py:5: secrets.token_hex is drawn anew at each run; reached by {way}"
        ],
    }
    assert all(len(found) == 1 for found in planted(check, repo, **PLAN, functions=["x", "golden*"]).values())
