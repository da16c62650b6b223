"""`change.bounded`: no more files and lines than a change may touch, and none of another kind."""

import pytest
from pytest_coordguard.guardrails.test_change import test_change_is_bounded as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.line_counts import Lines, line_counts

check.__test__ = False
PLAN = Plan("coordguard.yaml", "")
BEFORE = {"src/a.py": b"one\ntwo\nthree\n", "src/b.py": b"b\n", "docs/c.md": b"c1\nc2\nc3\nc4\n", "logo.png": b"\0\1"}


def judge(repo, change, **options):
    evidence = Evidence()
    check(repo, evidence, change, PLAN, **options)
    return {measure.name: measure.value for measure in evidence.measures}


def unmet(repo, change, **options):
    with pytest.raises(Unmet) as raised:
        judge(repo, change, **options)
    return [str(finding) for finding in raised.value.findings]


@pytest.fixture
def several(changed):
    """A change of four files: one altered, one gone, one renamed, one binary."""
    after = {"src/a.py": b"one\n2\n3\nfour\n", "src/b.py": None, "docs/c.md": None, "docs/d.md": BEFORE["docs/c.md"]}
    return changed(BEFORE, {**after, "logo.png": b"\0\2"}, commit=True)


def test_files_and_lines_are_counted_as_git_counts_them(several):
    """A renamed file is one, and a binary file has no lines."""
    assert judge(*several, files=4) == {"files": 4, "lines": 6, "lines added": 3, "lines removed": 3}


def test_what_is_too_much_is_told_with_the_largest_first(several):
    listed = "src/a.py (+3 -2), src/b.py (+0 -1), docs/d.md (+0 -0), logo.png (+0 -0)"

    assert unmet(*several, files=3, lines=5, added=2, removed=2) == [
        f"the change has 3 lines added, 2 allowed: {listed}",
        f"the change has 3 lines removed, 2 allowed: {listed}",
        f"the change has 4 files, 3 allowed: {listed}",
        f"the change has 6 lines, 5 allowed: {listed}",
    ]


def test_text_alone_can_be_counted(several):
    """A logo and a file that only moved are no work to review."""
    assert judge(*several, files=2, count="text")["files"] == 2


def test_each_file_must_be_of_the_kinds_allowed(several):
    assert unmet(*several, only=["src/", "*.png"]) == [
        "docs/d.md: is none of what this change may touch: 'src/', '*.png'",
        "docs/d.md: was docs/c.md, which is none of what this change may touch: 'src/', '*.png'",
    ]
    judge(*several, only=["src/", "docs/**", "*.png"])


def test_a_forbidden_file_is_named_also_by_the_name_it_had(several):
    assert unmet(*several, never=["docs/c.md", "**/*.py"]) == [
        "docs/d.md: was docs/c.md, which the plan forbids this change to touch ('docs/c.md')",
        "src/a.py: the plan forbids this change to touch it ('**/*.py')",
        "src/b.py: the plan forbids this change to touch it ('**/*.py')",
    ]


def test_files_that_git_does_not_track_yet_count(changed):
    repo, change = changed({"a": b"a\n"}, {"b": b"b\n", "a": b"a\nb\n"})

    assert judge(repo, change, files=2) == {"files": 2, "lines": 2, "lines added": 2, "lines removed": 0}


def test_the_reports_that_each_run_writes_count_for_nothing(changed):
    """Else a gate would be green before its first run alone."""
    repo, change = changed({"a": b"a\n"}, {"a": b"b\n", PLAN.reports.status: b"{}\n", "docs/audits/live/x.json": b"{}"})

    assert judge(repo, change, only=["a"])["files"] == 1


def test_a_link_counts_as_the_text_that_git_keeps(changed):
    repo, change = changed({"a": b"a\n" * 50}, {})
    (repo.root / "link").symlink_to("nowhere")

    assert judge(repo, change, lines=1)["lines"] == 1


def test_no_bound_is_nothing_to_judge(several):
    with pytest.raises(Vacuous, match="no bound is given"):
        judge(*several)


def test_no_change_is_nothing_to_judge(changed):
    with pytest.raises(Vacuous, match="the change is empty"):
        judge(*changed(BEFORE, {}), files=20)


def test_white_space_can_be_left_out_of_the_count():
    pairs = [(b"a\nb\n", b"a  \n\n b\n"), (b"", b"x\n"), (b"x\n", b""), (b"\0", b"\0\0"), (b"same", b"same")]

    assert line_counts(pairs, blanks=False)[0] == Lines(0, 0)
    assert line_counts(pairs)[:3] == [Lines(3, 2), Lines(1, 0), Lines(0, 1)]
    assert line_counts(pairs)[3:] == [Lines(0, 0, text=False), Lines(0, 0)]
    assert line_counts([]) == []


def test_every_violation_is_seen(changed):
    repo, change = changed(BEFORE, {"src/a.py": b"one\ntwo\n"})
    options = {"files": 2, "lines": 5, "added": 5, "removed": 3, "only": ["src/", "docs/"], "never": ["docs/c.md"]}
    judge(repo, change, **options)
    seen = {}
    for violation in described(check).violations:
        known = {"repo": repo, "change": change, **options}
        planted = violation.changes(**known)
        seen[violation.name] = unmet(repo.with_changes(planted), change, **options)

    assert {
        name: any(expected in line for line in seen[name])
        for name, expected in {
            "too-many-files": "4 files, 2 allowed",
            "too-many-lines": "7 lines, 5 allowed",
            "too-many-lines-gone": "lines removed, 3 allowed",
            "a-file-of-another-kind": "planted.change: is none of what this change may touch",
            "a-forbidden-file": "docs/c.md: the plan forbids this change to touch it ('docs/c.md')",
        }.items()
    } == dict.fromkeys(seen, True)


def test_what_the_plan_does_not_bound_cannot_be_planted(changed):
    repo, change = changed(BEFORE, {})

    for violation in described(check).violations:
        with pytest.raises(CannotPlant):
            violation.changes(repo=repo, change=change)
