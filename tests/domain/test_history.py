"""The record of runs: read back as it was, folded without loss, told as trend and as day."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain import history
from pytest_coordguard.domain.history import Run, Since, of_branches, on_day, ordered, red_since, trend
from pytest_coordguard.reports.history import UnreadableRunError, folded, read_runs, run_name, run_text


def run(at, name="r", **words):
    return Run(f"{name}-{at}", "preaudit", at, "c" * 40, "main", verdicts=words, tasks={"B": "completed"})


DAY_1, DAY_2, DAY_3 = "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z"
RUNS = (
    run(DAY_1, a="met", b="unmet"),
    run(DAY_2, a="unmet", b="broken"),
    run("2026-11-02T11:00:00Z", a="stale", b="not_run"),
    run(DAY_3, a="unmet", b="met", c="unmet"),
)


def test_since_when_something_is_red_is_told():
    """What a run does not say of a criterion takes nothing back; what was never green may have been red for longer."""
    assert red_since(RUNS, "abc") == {
        "a": Since(DAY_2, "c" * 40, "unmet", known=True),
        "c": Since(DAY_3, "c" * 40, "unmet", known=False),
    }
    assert red_since(RUNS[:3], "abc")["b"] == Since(DAY_1, "c" * 40, "broken", known=False)


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["met", "unmet", "broken", "stale", "waived"])))
)
def test_looking_back_finds_what_looking_forward_does(found):
    runs = [run(f"2026-11-02T10:00:{second:02}Z", **each) for second, each in enumerate(found[:60])]
    red, was_green = {}, set()
    for each in runs:
        for name, word in each.verdicts.items():
            if word in ("met", "waived"):
                red.pop(name, None)
                was_green.add(name)
            elif word != "stale":
                began = red.get(name)
                red[name] = Since(began.at if began else each.at, each.commit, word, name in was_green)
    assert red_since(runs, "abc") == red


def test_of_a_long_record_the_last_run_of_each_older_day_is_looked_at(monkeypatch):
    monkeypatch.setattr(history, "EXACT", 1)

    assert red_since(RUNS, "abc")["a"] == Since(DAY_3, "c" * 40, "unmet", known=True)
    assert red_since((*RUNS[:2], RUNS[3]), "abc")["a"] == Since(DAY_2, "c" * 40, "unmet", known=True)


def test_a_trend_has_the_last_run_of_each_day():
    assert [(each.day, each.runs, each.green, each.total) for each in trend(RUNS)] == [
        ("2026-11-01", 1, 1, 2),
        ("2026-11-02", 2, 0, 2),
        ("2026-11-03", 1, 1, 3),
    ]
    assert [each.day for each in trend(RUNS, days=1)] == ["2026-11-03"]


def test_any_earlier_day_can_be_shown_again():
    assert on_day(RUNS, "2026-10-31") is None
    assert on_day(RUNS, "2026-11-02") == RUNS[2]
    assert on_day(RUNS, "2027-01-01") == RUNS[3]


def test_runs_of_other_branches_are_left_out_while_there_are_some_of_these():
    other = replace(RUNS[0], branch="feat/x")

    assert of_branches((other, RUNS[1]), ["main", ""]) == (RUNS[1],)
    assert of_branches((other,), ["main"]) == (other,)


MOMENTS = st.sampled_from(["2026-10-31T23:59:59Z", DAY_1, DAY_2, DAY_3, "2026-12-01T00:00:00Z"])
WORDS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["met", "unmet", "stale", "waived"]), max_size=6)
MANY = st.lists(
    st.builds(
        Run,
        st.integers(0, 50).map(str),
        st.just("preaudit"),
        MOMENTS,
        st.sampled_from(["", "c" * 40]),
        st.sampled_from(["", "main"]),
        st.booleans(),
        st.sampled_from(["complete", "incomplete"]),
        st.one_of(st.none(), st.integers(0, 5)),
        WORDS,
        WORDS,
    ),
    max_size=12,
    unique_by=lambda each: (each.id, each.commit, each.branch),
)


@given(MANY)
def test_what_is_folded_is_read_back_whole(runs):
    texts = folded(runs)

    assert ordered(each for text in texts.values() for each in read_runs(text)) == ordered(runs)
    assert all(read_runs(run_text(each)) == (each,) for each in runs)
    assert folded(reversed(runs)) == texts


@given(MANY, MANY)
def test_two_branches_that_fold_lose_nothing_and_write_no_file_twice(mine, theirs):
    """Each names its fold by what is in it; after the merge both lie there, and each run is read once."""
    files = {**folded(mine), **folded([*mine, *theirs])}

    found = ordered(each for text in files.values() for each in read_runs(text))
    assert {(each.id, each.commit, each.branch) for each in found} == {
        (each.id, each.commit, each.branch) for each in [*mine, *theirs]
    }


def test_two_runs_of_one_second_and_one_number_have_two_files():
    """The first process of each container has the same number."""
    assert run_name(RUNS[0]) != run_name(replace(RUNS[0], commit="d" * 40))
    assert run_name(RUNS[0]).startswith("20261101T100000Z-")


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"verdicts": 1}', run_text(RUNS[0]) + "<<<<<<< HEAD\n"])
def test_a_file_that_is_not_ours_is_told(text):
    with pytest.raises(UnreadableRunError, match=r"^line \d: not the record of a run"):
        read_runs(text)


def test_ten_thousand_runs_stay_small():
    """2,000 criteria, one of which changes its verdict at each run."""
    verdicts = {f"TASK-{n // 10}/criterion-number-{n}": "met" for n in range(2000)}
    names = list(verdicts)
    runs = []
    for number in range(300):
        verdicts = {**verdicts, names[number]: "unmet"}
        runs.append(
            Run(f"r{number:05}", "preaudit", f"2026-11-01T00:00:00.{number:05}Z", "c" * 40, "main", verdicts=verdicts)
        )

    (text,) = folded(runs).values()

    assert len(text) < len(run_text(runs[0])) + 300 * 300
