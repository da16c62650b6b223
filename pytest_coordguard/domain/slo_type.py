"""The types of an objective and of its traffic in a plan."""

from __future__ import annotations

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.record_type import Built, Fields, Key, Record
from pytest_coordguard.domain.slo import Slo, Traffic
from pytest_coordguard.domain.text_types import TEXT, WORDS
from pytest_coordguard.domain.value_types import Number

QUERY = Key(WORDS, "A PromQL expression with one value; {window} in it is the criterion's window.", required=True)


class SloType(Built):
    """An objective, as `Slo`."""

    __slots__ = ()
    record = Record(
        "an objective",
        {
            "query": QUERY,
            "at_most": Key(Number(), "Its upper bound; this or the next is needed."),
            "at_least": Key(Number(), "Its lower bound."),
            "unit": Key(TEXT, "Of the value, for the reports, as s."),
        },
    )

    @property
    def meant(self) -> str:
        return "a mapping with 'query' and 'at_most' or 'at_least'"

    def build(self, read: Fields, faults: Faults) -> object:
        bounds = read.given("at_most", "at_least")
        if not bounds:
            faults.refer(
                read.line, f"{read.name!r} has no bound; meant: 'at_most: …' or 'at_least: …' beside its query"
            )
        return Slo(**read.given("query", "unit"), **bounds)


class TrafficType(Built):
    """How much must have passed, as `Traffic`."""

    __slots__ = ()
    record = Record(
        "traffic",
        {"query": QUERY, "at_least": Key(Number(), "So much, or nothing can be said.", required=True)},
    )

    @property
    def meant(self) -> str:
        return "a mapping with 'query' and 'at_least'"

    def build(self, read: Fields, faults: Faults) -> object:
        if read.values["at_least"] <= 0:
            faults.refer(read.lines["at_least"], "'at_least' asks for no traffic; meant: a number above 0, as 100")
        return Traffic(**read.given("query", "at_least"))
