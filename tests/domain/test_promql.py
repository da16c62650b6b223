"""What the text of a PromQL expression tells: comparisons, quantiles, durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.promql import compares, duration, quantiles


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (90, "90s"),
        (300, "5m"),
        (3600, "1h"),
        (86_400, "1d"),
        (5400, "90m"),
        (0.25, "250ms"),
        (1.5, "1500ms"),
        (0, "1ms"),
    ],
)
def test_a_duration_has_the_form_of_promql(seconds, written):
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sum(a) / sum(b)", False),
        ("sum(a) / sum(b) > 0.15", True),
        ("sum(a) / sum(b) > bool 0.15", True),
        ("a == 1", True),
        ("a != b", True),
        ("a <= 2", True),
        ('a{path=~"/v1/.+",x!="y",z!~"w"}', False),
        ('label_replace(a, "b", "$1 > 2", "c", ".*")', False),
        ("a # > 1\n+ b", False),
        ("a + `>`", False),
        ('a{b="}>"} + 1', False),
    ],
)
def test_a_comparison_is_told_from_label_matchers_and_texts(query, found):
    assert compares(query) is found


@given(st.text("abc<>=!{}()\"\\#`'\né", min_size=1))
def test_nothing_in_a_text_compares(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')

    assert not compares(f'a{{b="{quoted}"}}')


@given(st.text("histogram_quantile(0.95, ){}\"'`#><\\\n"))
def test_any_text_is_read_to_its_end(query):
    for call, histogram in quantiles(query):
        assert call in query
        assert histogram in call
    assert compares(query) in {True, False}


INNER = 'sum by (le) (rate(a_bucket{x=~"a,b|(c"}[5m]))'


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"histogram_quantile(0.95, {INNER})", [(f"histogram_quantile(0.95, {INNER})", INNER)]),
        (f"1000 * histogram_quantile (0.5,{INNER}) + 1", [(f"histogram_quantile (0.5,{INNER})", INNER)]),
        (
            "max(histogram_quantile(0.9, a)) - min(histogram_quantile(scalar(p), b))",
            [("histogram_quantile(0.9, a)", "a"), ("histogram_quantile(scalar(p), b)", "b")],
        ),
        ('a{b="histogram_quantile(0.9, c)"}', []),
        ("histogram_quantile_of(0.9, a)", []),
        ("histogram_quantile(0.9", []),
        ("histogram_quantile()", []),
    ],
)
def test_each_quantile_is_found_with_its_histogram(query, found):
    assert quantiles(query) == found
