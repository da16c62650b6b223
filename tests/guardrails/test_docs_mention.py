"""`docs.mention`: said where a reader sees it."""

from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_docs import test_documents_mention as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.repository import Repository

check.__test__ = False
SAMPLES = Path(__file__).parent.parent / "samples" / "docs.mention"
LABEL = "NOT for production"


def judge(root, **parameters):
    evidence = Evidence()
    check(Repository(root), evidence, **parameters)
    return evidence


def unmet(root, **parameters):
    with pytest.raises(Unmet) as raised:
        judge(root, **parameters)
    return [str(finding) for finding in raised.value.findings]


@pytest.mark.parametrize("sample", sorted((SAMPLES / "good").iterdir()), ids=lambda path: path.name)
def test_good_samples_are_met(sample):
    """However it is set, a reader sees the label."""
    judge(sample, files=["*"], says=[LABEL], within_lines=10)


@pytest.mark.parametrize("sample", sorted((SAMPLES / "bad").iterdir()), ids=lambda path: path.name)
def test_bad_samples_are_unmet(sample):
    expected = (sample / "expected.txt").read_text().splitlines()

    assert unmet(sample, files=["doc.*"], says=[LABEL], within_lines=10) == expected


def test_no_file_is_nothing_looked_at(tmp_path):
    with pytest.raises(Vacuous, match=r"^no file matches docs/\*\.md$"):
        judge(tmp_path, files=["docs/*.md"], says=[LABEL])
    with pytest.raises(Vacuous, match="no phrase to look for"):
        judge(tmp_path, files=["docs/*.md"], says=[" "])


def test_a_file_that_is_missing_beside_others_is_a_fault(tmp_path):
    (tmp_path / "a.md").write_text(LABEL)

    assert unmet(tmp_path, files=["a.md", "b.md"], says=[LABEL]) == [
        "b.md: no such file, which should say 'NOT for production'"
    ]


def test_one_of_several_files_can_be_enough(tmp_path):
    (tmp_path / "a.md").write_text("fallback mode")
    (tmp_path / "b.md").write_text("the breaker resets")

    judge(tmp_path, files=["*.md"], says=["Fallback mode", "breaker"], each=False)
    assert unmet(tmp_path, files=["*.md"], says=["half-open", "fallback node"], each=False) == [
        "none of 2 files says 'fallback node'; a.md:1: does not say 'fallback node'; nearest is 'fallback mode'",
        "none of 2 files says 'half-open'",
    ]
    assert len(unmet(tmp_path, files=["*.md"], says=["fallback mode", "breaker"])) == 2


def test_a_phrase_between_slashes_is_a_regular_expression(tmp_path):
    (tmp_path / "a.md").write_text("Breaker trips after 5 failures\n")

    judge(tmp_path, files=["a.md"], says=[r"/trips after \d+ failures$/"])
    assert unmet(tmp_path, files=["a.md"], says=["/resets/"]) == ["a.md: does not say '/resets/'"]
    with pytest.raises(CannotJudge, match=r"says: '/\(/' is no regular expression"):
        judge(tmp_path, files=["a.md"], says=["/(/"])


def test_every_violation_is_seen(tmp_path):
    (tmp_path / "a.md").write_text("# Policies\n\n**Not for\n> production**\n")
    (tmp_path / "b.yaml").write_text("# NOT for production\nx: 1\n")
    repo = Repository(tmp_path)
    plan = {"files": ["a.md", "b.yaml"], "says": [LABEL], "within_lines": 9, "each": True}
    check(repo, Evidence(), **plan)
    seen = {}
    for violation in described(check).violations:
        with pytest.raises(Unmet) as raised:
            check(repo.with_changes(violation.changes(repo=repo, **plan)), Evidence(), **plan)
        seen[violation.name] = str(raised.value)

    assert seen == {
        "label-removed": "a.md: does not say 'NOT for production' in the first 9 lines",
        "label-moved-into-a-comment": "a.md:3: 'NOT for production' is said here only where no reader sees it",
        "label-moved-down": "a.md:12: 'NOT for production' is said here, after the first 9 lines",
    }


def test_what_is_not_said_cannot_be_taken_away(tmp_path):
    (tmp_path / "a.md").write_text("words")

    for violation in described(check).violations[:2]:
        with pytest.raises(CannotPlant, match="no file says"):
            violation.plant(Repository(tmp_path), files=["a.md"], says=[LABEL])
