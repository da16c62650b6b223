"""Saved facts give the same verdict again, and a text that is none says where it is not."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import pull, review

from pytest_coordguard.domain.pull_request import Fact, PullFacts
from pytest_coordguard.domain.pull_request_json import FactsError, from_json, to_json

UNKNOWN = Fact(why="git alone tells of none", source="git")


@given(st.sets(st.sampled_from([name for name, _ in PullFacts(7).facts()])))
def test_facts_come_back_as_they_were(unknown):
    facts = replace(pull(review()), **dict.fromkeys(unknown, UNKNOWN))

    assert from_json(to_json(facts)) == facts


def test_what_is_left_out_is_not_known():
    found = from_json('{"schema_version": 1, "number": 7, "facts": {}}')

    assert set(found.unknown) == {name for name, _ in found.facts()}


def spoiled(**changes):
    document = json.loads(to_json(pull(review())))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for part in parents:
            place = place[int(part)] if part.isdigit() else place[part]
        place[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "the document: [] is not an object"),
        ('{"number": 7, "number": 8}', "number: stands there twice"),
        ("[" * 100_000, "is nested too deeply to be read"),
        (spoiled(schema_version=2), "schema_version: 2 is not known; meant: 1"),
        (spoiled(schema_version=True), "schema_version: True is not known; meant: 1"),
        (spoiled(number="7"), 'number: "7" is not a whole number'),
        (spoiled(number=True), "number: true is not a whole number"),
        (spoiled(fact={}), "fact: is not known; meant: facts"),
        (spoiled(facts__review={}), "facts.review: is not known; meant: reviews"),
        (spoiled(facts__reviews=[]), "facts.reviews: [] is not an object with value, source and as_of"),
        (spoiled(facts__reviews__value={}), "facts.reviews.value: {} is not a list"),
        (spoiled(facts__reviews__value__0__state=7), "facts.reviews.value[0].state: 7 is not text"),
        (
            spoiled(facts__reviews__value__0__can_push="yes"),
            'facts.reviews.value[0].can_push: "yes" is not true or false',
        ),
        (
            spoiled(facts__reviews__value__0__sha="a"),
            "facts.reviews.value[0].sha: is not known; meant: user, state, commit, submitted, can_push",
        ),
        (spoiled(facts__reviews__value=[{"state": "APPROVED"}]), "facts.reviews.value[0].user: is missing"),
        (
            spoiled(facts__reviews__value__0__submitted="yesterday"),
            "facts.reviews.value[0].submitted: 'yesterday' is no time; meant: UTC, as 2026-11-24T09:15:02Z",
        ),
        (
            spoiled(facts__head_seen__value="2026-11-24"),
            "facts.head_seen.value: '2026-11-24' is no time; meant: UTC, as 2026-11-24T09:15:02Z",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(text, message):
    with pytest.raises(FactsError) as raised:
        from_json(text)

    assert str(raised.value) == message
