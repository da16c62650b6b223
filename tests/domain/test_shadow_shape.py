"""The type-shape of JSON: what a client that reads one answer needs of another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.shadow.picture import header_kind
from pytest_coordguard.domain.shadow.shape import as_json, from_json, joined, misfits, shape_of, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc.", max_size=2), inner, max_size=3),
    max_leaves=12,
)


def told(reference, candidate):
    return [(written(place), *both) for place, *both in misfits(shape_of(reference), shape_of(candidate))]


@given(JSON)
def test_an_answer_fits_itself(data):
    assert told(data, data) == []


@given(JSON, JSON)
def test_each_of_two_answers_fits_what_holds_for_both(first, second):
    """So a reference that was asked twice accepts either of its answers."""
    both = joined([shape_of(first), shape_of(second)])

    assert list(misfits(both, shape_of(first))) == []
    assert list(misfits(both, shape_of(second))) == []


@given(JSON)
def test_a_shape_comes_back_from_json(data):
    shape = shape_of(data)

    assert from_json(json.loads(json.dumps(as_json(shape)))) == shape


@pytest.mark.parametrize(
    ("reference", "candidate", "expected"),
    [
        ({"a": 1}, {"a": 1.5}, []),
        ({"a": 1}, {"a": "1"}, [("a", "number", "text")]),
        ({"a": 1}, {"a": True}, [("a", "number", "truth value")]),
        ({"a": 1}, {"a": None}, [("a", "number", "null")]),
        ({"a": 1}, {}, [("a", "number", "absent")]),
        ({}, {"a": 1}, [("a", "absent", "number")]),
        ({"a": {"b": {"c": 1}}}, {"a": 7}, [("a", "object", "number")]),
        ({"a": [1, "x"]}, {"a": ["y"]}, []),
        ({"a": [1]}, {"a": [1, "x"]}, [("a[]", "number", "number or text")]),
        ({"a": [{"b": 1}]}, {"a": []}, []),
        ({"a": []}, {"a": [{"b": 1}]}, []),
        ({"a": [{"b": 1, "c": 2}, {"b": 1}]}, {"a": [{"b": 1}]}, []),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {}]}, [("a[].b", "number", "number or absent")]),
        ([{"a": 1}], [{"a": 1}, {"z": 1}],
         [("[].a", "number", "number or absent"), ("[].z", "absent", "number or absent")]),
    ],
)  # fmt: skip
def test_a_misfit_is_told_once_at_its_place(reference, candidate, expected):
    assert told(reference, candidate) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("12", "number"),
        ("0.051", "number"),
        ("1764000000", "moment"),
        ("6m0s", "duration"),
        ("570ms", "duration"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "date"),
        ("100, 100;w=60", "number with more"),
        ("soon", "text"),
        (" ", "empty"),
    ],
)
def test_a_header_is_known_by_how_it_is_written(value, kind):
    assert header_kind(value) == kind
