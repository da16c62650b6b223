"""When an objective holds, when it is breached, and when nothing is known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.slo import (
    Reading,
    Result,
    Sample,
    Seen,
    Slo,
    State,
    Target,
    Traffic,
    Watch,
    outcomes,
    watch_of,
)

NOW = 1_000_000.0
WATCH = Watch("http://127.0.0.1:9090", "shop", {"p95": Slo("q", at_most=0.25)}, Traffic("t", 100))


def read(*values, at=NOW, kind="vector", **more):
    return Reading("q", Result(kind, tuple(Sample(value, at) for value in values)), **more)


WELL = Target("a:80", up=True, scraped=NOW - 5)


def seen(reading, *, traffic=1000, targets=(WELL,), covers=True):
    return Seen(NOW, targets, covers, read(traffic), {"p95": reading})


def stand(looked, watch=WATCH):
    (outcome,) = outcomes(watch, looked)
    return outcome.state, outcome.why


def test_it_holds_by_one_fresh_value_within_its_bound():
    assert stand(seen(read(0.25))) == (State.HELD, "")


@pytest.mark.parametrize(
    ("looked", "why"),
    [
        (seen(Reading("q", refused="parse error")), "Prometheus refuses the query: parse error"),
        (
            seen(Reading("q", Result("vector", (Sample(0.1, NOW),), warnings=("store b did not answer",)))),
            "Prometheus warns of its own answer: store b did not answer",
        ),
        (seen(read(0.1, kind="string")), "the query gives a string; meant: one number, as of an instant vector"),
        (seen(read(0.1, 0.2)), "2 series, told apart by nothing; meant: one, as by sum(…)"),
        (seen(read(0.1, at=NOW - 60)), "stale: the answer is of 60 s before the time that was asked for"),
        (seen(read(float("inf"))), "the value is inf"),
        (seen(read(0.1), traffic=99), "traffic is 99 in 5m, at least 100 wanted"),
        (
            seen(read(0.1), traffic=float("nan")),
            "traffic: the value is nan (nothing happened in the window, or a bucket is missing)",
        ),
        (seen(read(0.1), targets=()), "Prometheus scrapes no target of job 'shop'"),
        (
            seen(read(0.1), targets=(Target("a:80", up=True, scraped=NOW), Target("b:80", up=False, scraped=NOW))),
            "job 'shop': 1 of 2 targets down (b:80)",
        ),
        (
            seen(read(0.1), targets=(Target("a:80", up=True, scraped=NOW - 181),)),
            "stale: job 'shop' was last scraped 181 s ago, at most 180 s wanted",
        ),
        (seen(read(0.1), covers=False), "job 'shop' was not scraped yet when the window of 5m began"),
        (seen(read(0.1, last_bucket=0.1)), "saturated: the quantile lies beyond the last bucket, 0.1"),
    ],
)
def test_nothing_is_known_where_something_is_missing(looked, why):
    assert stand(looked) == (State.UNVERIFIED, why)


def test_a_breach_is_a_breach_whatever_is_missing_beside_it():
    looked = seen(read(0.3), targets=(), covers=False)

    assert stand(looked) == (State.BREACHED, "0.3, at most 0.25 wanted")
    assert stand(replace(looked, traffic=read(1)))[0] is State.UNVERIFIED  # one request in three is no rate


def test_beyond_the_last_bucket_lies_no_proof_of_a_lower_bound():
    watch = replace(WATCH, slos={"p95": Slo("q", at_least=0.5)})

    assert stand(seen(read(0.4)), watch) == (State.BREACHED, "0.4, at least 0.5 wanted")
    assert stand(seen(read(0.4, last_bucket=0.4)), watch)[0] is State.UNVERIFIED


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(NUMBERS, NUMBERS, st.booleans(), st.booleans(), st.sampled_from([None, 0.1]), st.booleans())
def test_it_never_holds_beside_a_doubt(value, traffic, up, covers, last, constant):
    looked = seen(
        read(value, last_bucket=last, constant=constant),
        traffic=traffic,
        targets=(Target("a:80", up=up, scraped=NOW),),
        covers=covers,
    )

    known = last is None and not constant and -float("inf") < value <= 0.25
    assert (stand(looked)[0] is State.HELD) == (up and covers and known and 100 <= traffic < float("inf"))


def test_a_plan_gives_what_it_gives_and_the_rest_has_its_default():
    given = {"prometheus": "u", "job": "j", "slos": {}, "traffic": Traffic("t", 1), "window": 60.0, "allow_hosts": None}

    assert watch_of(given) == Watch("u", "j", {}, Traffic("t", 1), window_seconds=60.0)
