"""The order in which changes are merged with the least trouble."""

from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.conflicts import Conflicts, merge_order
from pytest_coordguard.domain.work import OPEN, Change


def changes(names):
    return tuple(Change(name, OPEN, "", name, paths=("x",) * (ord(name) % 3)) for name in names)


def test_the_one_that_clashes_with_many_waits():
    found = Conflicts("main", changes("abcd"), pairs={("a", "b"): ("x",), ("b", "c"): ("y",)})

    assert [(turn.change.name, turn.rebase_on) for turn in merge_order(found)] == [
        ("d", ()),
        ("c", ()),
        ("a", ()),
        ("b", ("a", "c")),
    ]


def test_what_does_not_merge_now_is_left_out():
    found = Conflicts("main", changes("abcd"), with_main={"a": ("x",)}, unreadable=("b",), noops=("c",))

    assert [turn.change.name for turn in merge_order(found)] == ["d"]


NAMES = "abcdefg"
PAIRS = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] < pair[1]))


@given(PAIRS)
def test_each_change_has_one_turn_and_each_conflict_one_rebase(pairs):
    found = Conflicts("main", changes(NAMES), pairs=dict.fromkeys(pairs, ("x",)))
    order = merge_order(found)

    assert sorted(turn.change.name for turn in order) == list(NAMES)
    assert sum(len(turn.rebase_on) for turn in order) == len(pairs)
