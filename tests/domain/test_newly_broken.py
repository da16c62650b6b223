"""What is new is never taken for what was there before; lines and renames make nothing new."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.newly_broken import apart


def as_it_was(_finding):
    return True


OLD = Finding("a.py", 3, "too long", "E501")
findings = st.lists(
    st.builds(
        Finding, st.sampled_from(["", "a.py", "b.py"]), st.integers(0, 9), st.sampled_from("xy"), st.sampled_from("12")
    )
)


def test_the_same_on_another_line_is_no_new_one():
    assert apart([replace(OLD, line=30)], [OLD], {}, as_it_was) == ((), (replace(OLD, line=30),))


def test_lines_within_a_message_make_nothing_new():
    moved = replace(OLD, message="reaches b.py through serve/main.py:15 -> c.py:1, see line 61")
    before = replace(OLD, message="reaches b.py through serve/main.py:14 -> c.py:7, see line 60")

    assert apart([moved], [before], {}, as_it_was) == ((), (moved,))


def test_one_more_of_the_same_is_new():
    assert apart([OLD, replace(OLD, line=9)], [OLD], {}, as_it_was) == ((replace(OLD, line=9),), (OLD,))


def test_a_renamed_file_keeps_its_faults():
    assert apart([replace(OLD, path="b.py")], [OLD], {"a.py": "b.py"}, as_it_was) == ((), (replace(OLD, path="b.py"),))


def test_another_message_or_rule_or_file_is_new():
    others = [replace(OLD, message="longer"), replace(OLD, rule="E502"), replace(OLD, path="b.py")]

    assert apart(others, [OLD], {}, as_it_was) == (tuple(sorted(others)), ())


def test_what_stands_on_a_line_that_the_base_has_not_is_new():
    """Another secret in the place of the old one: the same file, rule and message."""
    assert apart([OLD], [OLD], {}, lambda _finding: False) == ((OLD,), ())


def test_a_count_of_what_is_not_listed_is_compared_as_it_is():
    more = Finding("", 0, "28 more lines", "L")

    assert apart([more], [more], {}, as_it_was) == ((), (more,))
    assert apart([replace(more, message="29 more lines")], [more], {}, as_it_was)[1] == ()


@given(findings, findings)
def test_nothing_is_lost_and_no_more_is_excused_than_was_there(after, before):
    new, known = apart(after, before, {}, as_it_was)
    excused = Counter((each.path, each.rule, each.message) for each in known)

    assert sorted((*new, *known)) == sorted(after)
    assert excused <= Counter((each.path, each.rule, each.message) for each in before)
