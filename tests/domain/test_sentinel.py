"""The sentinel says what is new, and says it no more often than agreed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.posting import marker
from pytest_coordguard.domain.sentinel import Act, Known, Watched, Word, mark, next_step, word_in, worst
from pytest_coordguard.domain.slo import State
from pytest_coordguard.domain.soak import Soak

HOUR = 3600.0


def test_a_breach_is_worse_than_not_knowing_and_nothing_is_not_knowing():
    assert worst([State.HELD, State.UNVERIFIED, State.BREACHED]) is State.BREACHED
    assert worst([State.HELD, State.UNVERIFIED]) is State.UNVERIFIED
    assert worst([]) is State.UNVERIFIED
    assert Watched("RC-5/slos", "shop", "u", (), "no Prometheus").state is State.UNVERIFIED


def test_a_mark_tells_plan_and_word():
    body = f"{marker(mark('ops/coordguard.yaml', Word.RECOVERED))}\nall is well"

    assert word_in(body, "ops/coordguard.yaml") is Word.RECOVERED
    assert word_in(body, "coordguard.yaml") is None
    assert word_in("all is well", "ops/coordguard.yaml") is None


RUNS = st.lists(st.tuples(st.sampled_from(State), st.integers(6, 720)), max_size=30)
SETTINGS = st.builds(
    Soak,
    comment_every_seconds=st.sampled_from([HOUR, 6 * HOUR]),
    on_recovery=st.sampled_from(["comment", "close", "nothing"]),
    unverified=st.sampled_from(["quiet", "issue"]),
)


@given(RUNS, SETTINGS)
def test_a_breach_is_told_at_most_once_an_interval_and_one_issue_is_open(runs, soak):
    """Whatever comes and goes, in whatever rhythm the sentinel is run."""
    now, known, told, opened = 0.0, None, [], 0
    for state, minutes in runs:
        now += minutes * 60
        step = next_step(state, known, soak, now)
        assert not (step.act is Act.OPEN and known is not None and known.is_open)
        if step.act is Act.OPEN:
            opened += 1
            known = Known(opened, "", True, Word.BREACH, now)
        elif known is not None:
            is_open = {Act.CLOSE: False, Act.REOPEN: True}.get(step.act, known.is_open)
            word, at = (step.says, now) if step.says else (known.last_word, known.spoken_at)
            known = Known(known.number, "", is_open, word, at)
        if step.says is Word.BREACH:
            told.append(now)
        if state is State.BREACHED:
            assert known is not None
            assert known.is_open

    assert all(later - earlier >= soak.comment_every_seconds for earlier, later in pairwise(told))
