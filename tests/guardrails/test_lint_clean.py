"""`lint.clean`: what Ruff says, and what it passes over in silence."""

import pytest
from pytest_coordguard.guardrails.test_lint import FAULTS
from pytest_coordguard.guardrails.test_lint import test_lint_is_clean as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts import ruff

check.__test__ = False
PLAN = Plan("coordguard.yaml", "")
CLEAN = b'"""Clean."""\n\nx = 1\n'


def judge(repo, change, **options):
    evidence = Evidence()
    check(repo, evidence, change, PLAN, **{"rules": ["F401", "E402"], **options})
    return evidence


def unmet(repo, change, **options):
    with pytest.raises(Unmet) as raised:
        judge(repo, change, **options)
    return [str(finding) for finding in raised.value.findings]


def test_clean_files_are_counted_with_each_rule_at_nothing(changed):
    repo, change = changed({"src/a.py": CLEAN, "src/b.pyi": b"", "src/c.txt": b"import os"}, {})

    evidence = judge(repo, change, files=["src/"])

    assert [(measure.name, measure.value, measure.at_most) for measure in evidence.measures] == [
        ("files", 2, None),
        ("E402", 0, 0),
        ("F401", 0, 0),
        ("files that Ruff could not look at", 0, 0),
    ]
    assert evidence.tools == {"ruff": ruff.version()}


def test_each_remark_has_its_place_and_rule(changed):
    repo, change = changed({"a.py": b"import os\nx = 1\nimport sys\n"}, {})

    assert unmet(repo, change, files=["a.py"]) == [
        "a.py:1: F401 `os` imported but unused",
        "a.py:3: E402 Module level import not at top of file",
        "a.py:3: F401 `sys` imported but unused",
    ]


def test_a_file_that_is_no_utf_8_is_never_clean(changed):
    """Ruff says "All checks passed!" of it and exits with 0."""
    repo, change = changed({"a.py": b"# caf\xe9\nimport os\n", "b.py": CLEAN}, {})

    assert unmet(repo, change, files=["."]) == [
        "a.py: cannot be read by Ruff (stream did not contain valid UTF-8), so that no rule was looked at"
    ]


def test_a_file_that_does_not_parse_is_never_clean(changed):
    """Its syntax error stands in the place of all that other rules would say."""
    repo, change = changed({"a.py": b"x = = 1\nx = 1 +\n"}, {})

    (only,) = unmet(repo, change, files=["a.py"])

    assert only.startswith("a.py:1: is no Python to Ruff (")
    assert only.endswith("), so that no rule is sure there")


def test_a_link_that_leads_nowhere_is_never_clean(changed):
    repo, change = changed({"a.py": CLEAN}, {})
    (repo.root / "b.py").symlink_to("gone.py")

    assert unmet(repo, change, files=["."]) == [
        "b.py: cannot be read by Ruff (a link that leads nowhere), so that no rule was looked at"
    ]


def test_a_name_that_leads_to_no_python_is_told(changed):
    repo, change = changed({"a.py": CLEAN}, {})

    assert unmet(repo, change, files=["a.py", "gone.py", "docs/"]) == [
        "docs/: no Python file here, so nothing is looked at",
        "gone.py: no Python file here, so nothing is looked at",
    ]


def test_files_can_stand_in_a_list(changed):
    listed = b"# batch 1\na.py\nsub/b.py  # the second\n\ngone.py\n"
    repo, change = changed({"a.py": CLEAN, "sub/b.py": b"import os\n", "c.py": b"import os\n", "batch.txt": listed}, {})

    assert unmet(repo, change, listed_in="batch.txt") == [
        "batch.txt:5: lists 'gone.py', which is no file",
        "sub/b.py:1: F401 `os` imported but unused",
    ]


def test_the_files_of_the_change_are_enough(changed):
    repo, change = changed(
        {"old.py": b"import os\n", "gone.py": b"import os\n"}, {"new.py": b"import re\n", "gone.py": None, "a.md": b""}
    )

    assert unmet(repo, change, changed=True) == ["new.py:1: F401 `re` imported but unused"]


def test_a_change_without_python_is_met_and_says_so(changed):
    repo, change = changed({}, {"a.md": b""})

    assert judge(repo, change, changed=True).remarks == ["the change touches no Python file"]


def test_noqa_silences_and_is_counted_or_silences_nothing(changed):
    repo, change = changed({"a.py": b"import os  # noqa: F401\n"}, {})

    evidence = judge(repo, change, files=["a.py"])

    assert ("silenced by # noqa", 1) in [(measure.name, measure.value) for measure in evidence.measures]
    assert unmet(repo, change, files=["a.py"], ignore_noqa=True) == ["a.py:1: F401 `os` imported but unused"]


def test_the_configuration_of_the_repository_counts_by_option(changed):
    settings = b'[lint.per-file-ignores]\n"a.py" = ["F401"]\n'
    repo, change = changed({"a.py": b"import os\n", "ruff.toml": settings}, {})

    judge(repo, change, files=["a.py"], config="repository")
    assert unmet(repo, change, files=["a.py"]) == ["a.py:1: F401 `os` imported but unused"]


def test_an_excluded_file_that_is_named_is_looked_at_all_the_same(changed):
    settings = b'force-exclude = true\nextend-exclude = ["a.py"]\n'
    repo, change = changed({"a.py": b"import os\n", "ruff.toml": settings}, {})

    assert unmet(repo, change, files=["a.py"], config="repository") == ["a.py:1: F401 `os` imported but unused"]


def test_a_broken_configuration_is_told(changed):
    repo, change = changed({"a.py": CLEAN, "ruff.toml": b"nonsense = 1\n"}, {})

    with pytest.raises(CannotJudge, match=r"^ruff fails: .*nonsense"):
        judge(repo, change, files=["a.py"], config="repository")


def test_settings_of_the_environment_change_nothing(changed, monkeypatch):
    monkeypatch.setenv("RUFF_OUTPUT_FORMAT", "concise")
    monkeypatch.setenv("RUFF_OUTPUT_FILE", "hidden.txt")
    repo, change = changed({"a.py": b"import os\n"}, {})

    assert unmet(repo, change, files=["a.py"]) == ["a.py:1: F401 `os` imported but unused"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (["F4O1"], r"^rules: 'F4O1' is no rule of Ruff [\d.]+; meant: .*F401"),
        (["F401", "E203"], r"^rules: 'E203' is preview in Ruff [\d.]+, which does not look for it$"),
        ([""], r"^rules: '' is no rule of Ruff"),
    ],
    ids=["unknown", "preview", "empty"],
)
def test_a_rule_that_ruff_would_not_look_for_is_told(changed, rules, message):
    """Of a rule in preview it warns, finds nothing and exits with 0."""
    repo, change = changed({"a.py": CLEAN}, {})

    with pytest.raises(CannotJudge, match=message):
        judge(repo, change, files=["a.py"], rules=rules)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no file is named: files, listed_in or changed"),
        ({"files": ["a.py"], "rules": []}, "rules: none is named"),
        ({"files": ["a.py"], "exclude": ["*.py"]}, r"no Python file is named by a\.py"),
        ({"listed_in": "empty.txt"}, r"no Python file is named by empty\.txt"),
        ({"changed": True}, "the change is empty"),
    ],
    ids=["no-file", "no-rule", "all-excluded", "empty-list", "no-change"],
)
def test_nothing_to_look_at_is_no_clean_lint(changed, options, message):
    repo, change = changed({"a.py": CLEAN, "empty.txt": b"# nothing\n"}, {})

    with pytest.raises(Vacuous, match=message):
        judge(repo, change, **options)


def test_many_files_are_looked_at_in_several_runs(changed, monkeypatch):
    monkeypatch.setattr(ruff, "AT_ONCE", 2)
    repo, change = changed({f"{name}.py": b"import os\n" for name in "abcde"}, {})

    assert len(unmet(repo, change, files=["."])) == 5


@pytest.fixture
def saying(monkeypatch, tmp_path_factory):
    """Return a function that puts a program in the place of Ruff, which finds nothing and says one line."""

    def install(line):
        fake = tmp_path_factory.mktemp("fake") / "ruff"
        fake.write_text(f"#!/bin/sh\necho '{line}' >&2\necho '[]'\n")
        fake.chmod(0o755)
        monkeypatch.setattr(ruff, "unknown", lambda rules: [])
        monkeypatch.setattr(ruff, "_binary", lambda: str(fake))

    return install


def test_what_ruff_says_and_nobody_understands_is_no_clean_lint(changed, saying):
    """A warning of a future release must not be taken for silence."""
    repo, change = changed({"a.py": CLEAN}, {})
    saying("warning: gave up on half of it")

    with pytest.raises(CannotJudge, match="ruff says what is not understood here: warning: gave up on half of it"):
        judge(repo, change, files=["a.py"])


def test_a_file_that_ruff_gives_up_on_is_never_clean(changed, saying):
    """Whatever its reason, also one that nobody here looks for."""
    repo, change = changed({"a.py": CLEAN}, {})
    saying("warning: Failed to lint a.py: too odd for it")

    assert unmet(repo, change, files=["a.py"]) == [
        "a.py: cannot be read by Ruff (too odd for it), so that no rule was looked at"
    ]


@pytest.mark.parametrize("rule", sorted(FAULTS))
def test_each_planted_line_is_against_its_rule(changed, rule):
    repo, change = changed({"a.py": CLEAN}, {})
    planted = described(check).violations[0].plant(repo, rules=[rule], files=["a.py"])

    judge(repo, change, files=["a.py"], rules=[rule])
    assert f" {rule} " in unmet(repo.with_changes(planted), change, files=["a.py"], rules=[rule])[0]


@pytest.mark.parametrize("where", [{"files": ["."]}, {"listed_in": "list.txt"}, {"changed": True}], ids=str)
def test_every_violation_is_seen(changed, where):
    repo, change = changed({"a.py": CLEAN, "list.txt": b"a.py\n"}, {"b.md": b""})
    judge(repo, change, **where)
    seen = {}
    for violation in described(check).violations:
        known = {"repo": repo, "rules": ["E402"], **where}
        try:
            planted = violation.changes(**known)
        except CannotPlant as no_place:
            seen[violation.name] = str(no_place)
            continue
        seen[violation.name] = unmet(repo.with_changes(planted), change, **where)[0].partition(":")[0]

    file = "planted_lint.py" if "changed" in where else "a.py"
    assert seen == {
        "a-rule-broken": file,
        "a-file-that-does-not-parse": file,
        "a-file-that-is-no-utf-8": file,
        "a-listed-file-gone": "list.txt" if "listed_in" in where else "the plan names no list of files",
    }


def test_without_a_place_nothing_is_planted(changed):
    repo, _ = changed({"a.py": b"# ruff: noqa\n"}, {})
    plant = described(check).violations[0].plant

    with pytest.raises(CannotPlant, match="no file is named that does not silence itself"):
        plant(repo, rules=["E402"], files=["a.py"])
    with pytest.raises(CannotPlant, match="no line is known that is against ANN001"):
        plant(repo, rules=["ANN001"], files=["a.py"])
