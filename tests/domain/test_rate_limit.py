"""The grammars of rate-limit headers, and what their numbers cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.rate_limit import (
    FAMILIES,
    Counter,
    counters,
    implausible,
    lacking,
    number,
    reset_seconds,
    retry_seconds,
    stands_still,
    used_up,
)

NOW = 1_795_576_949.0  # seconds since 1970
GRAMMARS = {
    "60": 60.0,
    "0.051": 0.051,
    "6m0s": 360.0,
    "23.9s": 23.9,
    "570ms": 0.57,
    "1h2m3s": 3723.0,
    "1795576959": 10.0,
    "1795576959.5": 10.5,
    "1795576959000": 10.0,
    "Wed, 25 Nov 2026 03:22:39 GMT": 10.0,
    "soon": None,
    "": None,
    "-5": None,
    "10 s": None,
    "٣": None,
}


@pytest.mark.parametrize("text", GRAMMARS)
def test_a_reset_is_read_in_each_grammar_that_servers_use(text):
    found = reset_seconds(text, now=NOW)

    assert found == (None if GRAMMARS[text] is None else pytest.approx(GRAMMARS[text], abs=1e-5))


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from([("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)])),
        min_size=1,
        max_size=4,
    )
)
def test_a_duration_is_the_sum_of_its_parts(parts):
    text = "".join(f"{count}{unit}" for count, (unit, _) in parts)

    assert reset_seconds(text, now=NOW) == pytest.approx(sum(count * seconds for count, (_, seconds) in parts))


@given(st.text(max_size=30))
def test_any_text_is_read_or_not_known(text):
    """A server may send anything."""
    for value in (number(text), reset_seconds(text, now=NOW), retry_seconds(text, now=NOW)):
        assert value is None or isinstance(value, float)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20", 20.0), ("Wed, 25 Nov 2026 03:22:39 GMT", 10.0), ("1.5", None), ("soon", None), ("-1", None), ("²", None)],
)
def test_retry_after_is_whole_seconds_or_a_date(text, seconds):
    """RFC 9110, section 10.2.3."""
    assert retry_seconds(text, now=NOW) == seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100.0),
        ("100, 100;w=60", 100.0),
        ("100;w=60", 100.0),
        ("100/minute", 100.0),
        ("many", None),
        ("1e3", None),
    ],
)
def test_a_limit_is_the_number_that_a_field_begins_with(text, value):
    assert number(text) == value


def fields(*names, value="1"):
    return [(name, value) for name in names]


def test_each_header_of_all_families_is_wanted_or_those_of_the_nearest():
    x, openai = FAMILIES["x-ratelimit"], FAMILIES["openai"]

    assert lacking(fields(*x, *openai)) == []
    assert lacking(fields(*map(str.upper, (*x, *openai)))) == []
    assert lacking(fields(*x, *openai[1:])) == [openai[0]]
    assert lacking(fields(*x)) == list(openai)
    assert lacking(fields(*x), match="any") == []
    assert lacking(fields(*x[:2], *openai), match="any") == []
    assert lacking(fields(*x[:2], *openai[:3]), match="any") == [x[2]]
    assert lacking(fields(*x, value=" "), ["x-ratelimit"]) == list(x)


COUNTED = {
    "x-ratelimit": (
        [("X-RateLimit-Limit", "20"), ("X-RateLimit-Remaining", "7"), ("X-RateLimit-Reset", str(int(NOW) + 9))],
        [Counter("requests of x-ratelimit", 20.0, 7.0, 9.0)],
    ),
    "openai": (
        [
            ("x-ratelimit-limit-requests", "20"),
            ("x-ratelimit-remaining-tokens", "7"),
            ("x-ratelimit-reset-tokens", "1s"),
        ],
        [Counter("requests of openai", 20.0, None, None), Counter("tokens of openai", None, 7.0, 1.0)],
    ),
    "ietf": (
        [("RateLimit", '"default";r=50;t=30'), ("RateLimit-Policy", '"default";q=100;w=60')],
        [Counter("requests of ietf", 100.0, 50.0, 30.0)],
    ),
    "ietf-draft6": (
        [("RateLimit-Limit", "10, 10;w=1"), ("RateLimit-Remaining", "3"), ("RateLimit-Reset", "1")],
        [Counter("requests of ietf-draft6", 10.0, 3.0, 1.0)],
    ),
}


@pytest.mark.parametrize("family", COUNTED)
def test_each_family_is_counted_by_its_own_fields(family):
    sent, expected = COUNTED[family]

    assert counters(sent, [family], now=NOW) == expected
    assert counters([], [family], now=NOW) == []


def test_draft_seven_of_the_ietf_had_one_field_of_words():
    assert counters([("RateLimit", "limit=100, remaining=50, reset=30")], ["ietf"]) == [
        Counter("requests of ietf", 100.0, 50.0, 30.0)
    ]


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "faults"),
    [
        ("20", "7", "9", []),
        ("20", "21", "9", ["requests of x-ratelimit: more is left than the limit"]),
        ("0", "0", "9", ["requests of x-ratelimit: the limit is 0"]),
        ("20", "7", "1500000000", ["requests of x-ratelimit: the reset lies in the past"]),
        ("20", "7", "99999999", ["requests of x-ratelimit: the reset is years away"]),
        ("20", "7", "soon", ["X-RateLimit-Reset is in no known form"]),
        ("many", "7", "9", ["X-RateLimit-Limit is in no known form"]),
        ("20", "-1", "9", ["X-RateLimit-Remaining is in no known form"]),
    ],
)
def test_numbers_that_cannot_be_are_told(limit, remaining, reset, faults):
    sent = list(zip(FAMILIES["x-ratelimit"], (limit, remaining, reset), strict=True))

    assert implausible(sent, now=NOW) == faults


def left(*values):
    return [[Counter("requests of a", 9.0, value, 1.0)] for value in values]


def test_one_fall_is_enough_and_tokens_may_stand_still():
    """A window may end between two answers; a call that costs no tokens takes none."""
    assert stands_still(left(5, 4)) == []
    assert stands_still(left(1, 9, 8)) == []
    assert stands_still(left(5, 5, 5)) == ["requests of a"]
    assert stands_still(left(5, 6)) == ["requests of a"]
    assert stands_still([[Counter("tokens of a", 9.0, 5.0, 1.0)]] * 2) == []


def test_a_counter_is_used_up_until_its_reset():
    spent = Counter("requests of a", 9.0, 0.0, 1.0)

    assert used_up([spent, Counter("requests of b", 9.0, 1.0, 1.0), Counter("requests of c", 9.0, 0.0, None)]) == [
        spent
    ]
