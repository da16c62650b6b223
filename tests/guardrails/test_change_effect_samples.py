"""What `change.no_runtime_effect` says of each way in which two texts of a Python file can differ."""

import inspect
import json
from pathlib import Path

import pytest

from guardrails.test_change_effect import test_change_has_no_runtime_effect as check
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.change import Change

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "change.no_runtime_effect"


def samples(kind):
    return [pytest.param(folder, id=folder.name) for folder in sorted((SAMPLES / kind).iterdir())]


def judged(changed, folder, evidence):
    options = json.loads((folder / "options.json").read_text()) if (folder / "options.json").exists() else {}
    file = options.pop("file", "module.py")
    beside = dict.fromkeys(options.pop("beside", ()), b"")
    texts = ((folder / name).read_bytes() for name in ("before.py", "after.py"))
    before, after = ({**beside, file: text} for text in texts)
    repo, change = changed(before, after)
    check(repo, evidence, change, **options)


@pytest.mark.parametrize("folder", samples("good"))
def test_what_runs_as_before_is_met(changed, folder):
    """Each folder holds two texts that do the same, and the level that says by which rule."""
    evidence = Evidence()

    judged(changed, folder, evidence)

    level = (folder / "level.txt").read_text().strip()
    assert [m.name for m in evidence.measures if m.name.startswith("files that differ")] == [
        f"files that differ by {level}"
    ]


@pytest.mark.parametrize("folder", samples("bad"))
def test_what_may_run_otherwise_is_named_with_its_line(changed, folder):
    """Each folder holds two texts, and the lines that the guardrail must say of them."""
    with pytest.raises(Unmet) as unmet:
        judged(changed, folder, Evidence())

    assert str(unmet.value) == (folder / "expected.txt").read_text().rstrip("\n")
