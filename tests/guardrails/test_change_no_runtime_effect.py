"""What `change.no_runtime_effect` says of each way in which two texts of a Python file can differ."""

import json
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_change_effect import LISTED
from pytest_coordguard.guardrails.test_change_effect import test_change_has_no_runtime_effect as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository

check.__test__ = False
PLAN = Plan("coordguard.yaml", "")
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
    check(repo, evidence, change, PLAN, **options)


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


def unmet(repo, change, **options):
    with pytest.raises(Unmet) as raised:
        check(repo, Evidence(), change, PLAN, **options)
    return [str(finding) for finding in raised.value.findings]


def test_what_cannot_be_compared_is_named(changed):
    """A new file runs when it is imported, one that is gone no longer does, and a renamed one is another module."""
    repo, change = changed(
        {"gone.py": b"x = 1\n", "old.py": b"x = 2\ny = 3\n", "data.json": b"{}", "same.py": b""},
        {"gone.py": None, "old.py": None, "new.py": b"x = 2\ny = 3\n", "data.json": b"[]", "added.py": b"z = 9\n"},
        commit=True,
    )

    assert unmet(repo, change) == [
        "added.py: a new Python file",
        "data.json: is no Python, so its effect is not known",
        "gone.py: a Python file that is gone",
        "new.py: was old.py: under another name it is another module",
    ]


def test_files_that_the_plan_allows_are_left_out_and_said(changed):
    repo, change = changed({"docs/a.md": b"a", "x.py": b"x = 1\n"}, {"docs/a.md": b"b", "x.py": b"x = 1  # one\n"})
    evidence = Evidence()

    check(repo, evidence, change, PLAN, besides=["docs/"])

    assert evidence.remarks == ["not looked at, as the plan allows it: docs/a.md"]
    assert {measure.name: measure.value for measure in evidence.measures} == {
        "files of the change": 2,
        "files compared": 1,
        "files that differ by layout": 1,
        "differences beyond what is allowed": 0,
    }
    assert unmet(repo, change) == ["docs/a.md: is no Python, so its effect is not known"]


def test_a_rename_needs_both_of_its_names_allowed(changed):
    repo, change = changed({"a.md": b"one\ntwo\n"}, {"a.md": None, "docs/a.md": b"one\ntwo\n"}, commit=True)

    assert unmet(repo, change, besides=["docs/"]) == ["docs/a.md: was a.md"]


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("from app.tools import os\n", "user.py:1: takes 'os' from 'tools', which no longer imports it"),
        ("from app import tools as t\nprint(t.os)\n", "user.py:2: takes 'os' from 'tools', which no longer imports it"),
        ("import app\napp.tools.os.sep\n", "user.py:2: takes 'os' from 'tools', which no longer imports it"),
        ("patch('app.tools.os.getcwd')\n", "user.py:1: takes 'os' from 'tools', which no longer imports it"),
    ],
    ids=["from", "alias", "attribute", "patch"],
)
def test_a_name_that_others_take_is_not_unused(changed, user, message):
    """Nothing in the module mentions `os`; a test that patches it there breaks all the same."""
    before = {"app/__init__.py": b"", "app/tools.py": b"import os\nx = 1\n", "user.py": user.encode()}
    repo, change = changed(before, {"app/tools.py": b"x = 1\n"})

    assert unmet(repo, change) == [message]


def test_comments_that_silence_a_tool_are_remarked(changed):
    """A hygiene change that says `noqa` instead of mending runs as before, and a reader wants to know."""
    repo, change = changed({"x.py": b"import os\n"}, {"x.py": b"import os  # noqa: F401\n"})
    evidence = Evidence()

    check(repo, evidence, change, PLAN)

    assert evidence.remarks == ["comments that silence a tool are new: x.py:1 # noqa: F401"]


def test_a_long_list_of_differences_is_cut_and_counted(changed):
    before = "".join(f"x{number} = 1\n" for number in range(LISTED + 4))
    repo, change = changed({"x.py": before.encode()}, {"x.py": before.replace("1\n", "2\n").encode()})

    told = unmet(repo, change)

    assert len(told) == LISTED + 1
    assert told[0] == "x.py: 4 more differences"


def test_an_empty_change_is_nothing_to_judge(changed):
    repo, change = changed({"x.py": b""}, {})

    with pytest.raises(
        Vacuous, match=r"^the change is empty: no file differs from \w{9} \(HEAD left main\); judge a push by --range"
    ):
        check(repo, Evidence(), change, PLAN)


def test_without_a_base_nothing_is_known(tmp_path):
    change = Change(tmp_path, None, "no base", asked=False, note="fetch it")

    with pytest.raises(CannotJudge, match="there is nothing to compare with: fetch it"):
        check(Repository(tmp_path), Evidence(), change, PLAN)


@pytest.mark.parametrize("allow", ["layout", "import-order", "import-drop"])
def test_every_violation_is_seen(changed, allow):
    repo, change = changed({"x.py": b"x = 1\n"}, {"x.py": b"x = 1  # one\n"})
    check(repo, Evidence(), change, PLAN, allow=allow)
    seen = {}
    for violation in described(check).violations:
        seen[violation.name] = unmet(repo.with_changes(violation.changes(repo=repo)), change, allow=allow)

    assert {name: lines[0].partition(" (")[0] for name, lines in seen.items()} == {
        "a-statement-more": "x.py:3: `planted = print` is new",
        "an-import-after-a-statement": "x.py:3: `import planted_module` is new",
        "a-file-that-does-not-compile": "x.py:3: does not compile now: invalid syntax; so nothing is proven of it",
        "a-file-gone": "x.py: a Python file that is gone",
        "a-new-file": "planted_change.py: a new Python file",
    }


def test_a_violation_without_a_place_says_so(tmp_path):
    repo = Repository(tmp_path)

    for violation in described(check).violations:
        with pytest.raises(CannotPlant, match="no Python file to alter|the plan allows any new file"):
            violation.changes(repo=repo, besides=["."])
