"""Whatever a task document says, the plan's YAML says the same."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.yaml_text import comment, entry, scalar

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(TEXT, VALUE)
def test_a_value_is_read_back_as_it_was(key, value):
    """Titles and criteria come from documents that anyone wrote; none of them may change meaning as YAML."""
    assert yaml.safe_load("\n".join(entry(key, value))) == {key: value}


@pytest.mark.parametrize(
    "text",
    ["no", "Yes", "null", "1", "E402-1", "2026-10-15", "0x1f", "a: b", "a #b", "- a", "*x", "", " a", "1e3", "="],
)
def test_a_string_stays_a_string(text):
    """YAML takes `no` for a truth value and 2026-10-15 for a date, unless they are quoted."""
    assert yaml.safe_load(scalar(text)) == text


@given(st.text())
def test_a_comment_stays_a_comment(text):
    """A remark that quotes a document must not be able to add a key to the plan."""
    assert yaml.safe_load("\n".join([*comment(text, 2), "a: 1"])) == {"a": 1}


def test_plain_words_need_no_quotes():
    """The plan is read by people; quotes where none are needed are noise."""
    assert entry("files", ["docs/openapi/", "Makefile", "*.md"]) == ['files: [docs/openapi/, Makefile, "*.md"]']
