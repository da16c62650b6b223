"""`report.at_most`: a figure of another tool's report, of this commit, within its bounds."""

import json
import os
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_coordguard.guardrails.test_reports import test_figure_is_within_bounds as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.figures import figure, replaced, steps
from pytest_coordguard.facts.repository import Repository

check.__test__ = False


def judge(root, report="r.json", **parameters):
    evidence = Evidence()
    check(Repository(root), evidence, report, **parameters)
    return evidence


def unmet(root, report="r.json", **parameters):
    with pytest.raises(Unmet) as raised:
        judge(root, report, **parameters)
    return [str(finding) for finding in raised.value.findings]


def commit(root, when=None):
    identity = {f"GIT_{who}_{what}": "a@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    stamp = {"GIT_COMMITTER_DATE": f"{int(when or time.time())} +0000"}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=root, env={**os.environ, **identity, **stamp}, check=True)
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    ("name", "content", "at", "number"),
    [
        ("r.json", '{"alias_hits": 3}', "alias_hits", 3),
        ("r.json", '\ufeff{"a": {"b": [1, 2.5]}}', "a.b.1", 2.5),
        ("r.json", '{"a.b": {"c/d": {"~": 7}}}', "/a.b/c~1d/~0", 7),
        ("r.json", '{"hits": [{}, {}]}', "count(/hits)", 2),
        ("r.json", "[1, 2, 3]", "count()", 3),
        ("r.json", '{"by_file": {"a": 1}}', "count(by_file)", 1),
        ("r.yaml", "summary:\n  200: 4\n", "summary.200", 4),
        ("r.toml", "[summary]\ntotal = 5\n", "/summary/total", 5),
    ],
)
def test_a_figure_is_found_in_every_format(tmp_path, name, content, at, number):
    (tmp_path / name).write_text(content, encoding="utf-8")

    assert judge(tmp_path, name, at=at, at_most=9).measures[0].value == number


def test_bounds_are_held_on_both_sides(tmp_path):
    (tmp_path / "r.json").write_text('{"hits": 6}')

    judge(tmp_path, at="hits", at_most=6, at_least=6)
    assert unmet(tmp_path, at="hits", at_most=5) == ["r.json: hits is 6, at most 5 wanted"]
    assert unmet(tmp_path, at="hits", at_least=6.5) == ["r.json: hits is 6, at least 6.5 wanted"]
    with pytest.raises(CannotJudge, match="at_most, at_least: one of them is needed"):
        judge(tmp_path, at="hits")


def test_a_missing_report_is_not_zero(tmp_path):
    with pytest.raises(
        Vacuous, match=r"^no report r\.json; a report that is not there counts nothing, which is not 0$"
    ):
        judge(tmp_path, at="hits", at_most=0)


@pytest.mark.parametrize(
    ("content", "at", "message"),
    [
        (
            '{"alias_hit": 3, "total": 1}',
            "alias_hits",
            "'alias_hits': no 'alias_hits' at the top; there is 'alias_hit'",
        ),
        ('{"a": {"x": 1}}', "a.total", "'a.total': no 'total' in /a; there is 'x'"),
        ('{"a": [1]}', "a.1", "'a.1': no '1' in /a; it is a list of 1"),
        ('{"a": 5}', "a.b", "'a.b': no 'b' in /a; it is 5"),
        ("{}", "a", "'a': no 'a' at the top; it is empty"),
        ('{"a": "3"}', "a", "'a': a str is no number"),
        ('{"a": true}', "a", "'a': True is no number"),
        ('{"a": null}', "a", "'a': None is no number"),
        ('{"a": NaN}', "a", "'a': nan is no number"),
        ('{"a": [1, 2]}', "a", "'a': a list or mapping of 2, no number; meant: count(a)"),
        ('{"a": 1}', "count(a)", "'count(a)': 1 is no list whose entries can be counted"),
        ('{"a": 9, "a": 0}', "a", "r.json: cannot be read (the key 'a' is there twice)"),
        ("", "a", "r.json: cannot be read (Expecting value: line 1 column 1 (char 0))"),
    ],
)
def test_what_is_no_figure_cannot_be_judged(tmp_path, content, at, message):
    (tmp_path / "r.json").write_text(content)

    with pytest.raises(CannotJudge) as raised:
        judge(tmp_path, at=at, at_most=0)
    assert str(raised.value) == message


def test_a_report_from_before_this_commit_is_stale(tmp_path):
    """Last week's figure says nothing of today's code."""
    (tmp_path / "code.py").write_text("")
    (tmp_path / ".gitignore").write_text("r.json\n")
    (tmp_path / "r.json").write_text('{"hits": 0}')
    commit(tmp_path)
    judge(tmp_path, at="hits", at_most=0)
    os.utime(tmp_path / "r.json", (1714972089,) * 2)

    (finding,) = unmet(tmp_path, at="hits", at_most=0)

    assert finding.startswith("r.json: from before this commit: written 2024-05-06 05:08:09 UTC, HEAD was committed 20")
    assert finding.endswith("; make it again, or give run, commit_at or max_age")


def test_a_committed_report_is_as_old_as_its_commit(tmp_path):
    """In a fresh clone its mtime is that of the clone."""
    (tmp_path / "r.json").write_text('{"hits": 0}')
    commit(tmp_path, time.time() - 90_000)
    judge(tmp_path, at="hits", at_most=0)
    (tmp_path / "code.py").write_text("")
    commit(tmp_path)

    assert "from before this commit" in unmet(tmp_path, at="hits", at_most=0)[0]
    assert "at most 86400 s wanted" in unmet(tmp_path, at="hits", at_most=0, max_age=86_400)[0]
    judge(tmp_path, at="hits", at_most=0, max_age=100_000)


def test_a_report_may_name_its_commit(tmp_path):
    (tmp_path / "code.py").write_text("")
    head = commit(tmp_path)
    for named in (head, head[:7], head.upper()):
        (tmp_path / "r.json").write_text(json.dumps({"hits": 0, "run": {"commit": named}}))
        judge(tmp_path, at="hits", at_most=0, commit_at="run.commit")
    (tmp_path / "r.json").write_text(json.dumps({"hits": 0, "run": {"commit": head[:4]}}))

    assert unmet(tmp_path, at="hits", at_most=0, commit_at="run.commit") == [
        f"r.json: made on commit '{head[:4]}', and HEAD is {head[:12]}"
    ]


def test_a_run_must_make_the_report_anew(tmp_path):
    (tmp_path / "r.json").write_text('{"hits": 0}')

    assert judge(tmp_path, at="hits", at_most=9, run="sh -c 'echo {\\\"hits\\\": 8} > r.json'").measures[0].value == 8
    with pytest.raises(
        Vacuous, match=r"^no new report r\.json: `true` ended with exit status 0 and did not make it anew$"
    ):
        judge(tmp_path, at="hits", at_most=9, run="true")
    with pytest.raises(
        Vacuous, match=r"no new report s\.json: `echo hm` ended with exit status 0 and did not make it\nhm$"
    ):
        judge(tmp_path, "s.json", at="hits", at_most=9, run="echo hm")


@pytest.mark.parametrize(
    ("content", "bounds"),
    [
        ({"a": {"b": 1}}, {"at": "a.b", "at_most": 5}),
        ({"a": {"b": 7}}, {"at": "/a/b", "at_least": 5.5}),
        ({"a": [[1, 2], []]}, {"at": "count(a.0)", "at_most": 2}),
        ([1, 2], {"at": "count()", "at_least": 1}),
    ],
)
@pytest.mark.parametrize("name", ["r.json", "r.yaml"])
def test_every_violation_is_seen(tmp_path, name, content, bounds):
    (tmp_path / name).write_text(json.dumps(content))
    repo = Repository(tmp_path)
    judge(tmp_path, name, **bounds)
    plant = described(check).violations[0].plant
    view = repo.with_changes(plant(repo, report=name, **bounds))

    with pytest.raises(Unmet, match=" wanted$"):
        check(view, Evidence(), name, **bounds)


def test_a_report_of_another_commit_is_planted(tmp_path):
    (tmp_path / "code.py").write_text("")
    (tmp_path / "r.json").write_text(json.dumps({"hits": 0, "commit": commit(tmp_path)}))
    repo, plant = Repository(tmp_path), described(check).violations[1].plant
    judge(tmp_path, at="hits", at_most=0, commit_at="commit")

    with pytest.raises(Unmet, match=r"made on commit '0000"):
        check(repo.with_changes(plant(repo, "r.json", "commit")), Evidence(), "r.json", "hits", 0, commit_at="commit")


@pytest.mark.parametrize(
    ("report", "parameters", "message"),
    [
        ("r.json", {"run": "make"}, "the report is made by the run itself"),
        ("no.json", {}, "there is no report no.json"),
        ("r.toml", {}, "TOML is read and not written"),
    ],
)
def test_where_nothing_can_be_planted_the_reason_is_given(tmp_path, report, parameters, message):
    (tmp_path / "r.toml").write_text("a = 1")

    for violation in described(check).violations:
        plan = {"report": report, "at": "a", "at_most": 1, "commit_at": "b", **parameters}
        with pytest.raises(CannotPlant, match=message):
            violation.changes(repo=Repository(tmp_path), **plan)


@given(
    st.recursive(
        st.integers(), lambda inner: st.dictionaries(st.text("ab./~", min_size=1), inner, min_size=1), max_leaves=5
    )
)
def test_whatever_has_a_place_is_found_there(document):
    """A pointer made of the keys on the way leads to the number, and a planted one is read back."""
    here, keys = document, []
    while isinstance(here, dict):
        keys.append(next(iter(here)))
        here = here[keys[-1]]
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)

    assert figure(document, pointer) == here
    assert figure(replaced(document, steps(pointer), 12345), pointer) == 12345
