"""One line of a comment is a command, a misspelt one, or not for us."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.comment_command import USAGE, Command, Misspelt, read

RUN, EXPLAIN, ASSIGN, WAIVE = (USAGE[verb] for verb in ("run", "explain", "assign", "waive"))
SENTENCES = {
    "/coordguard run preaudit": Command("run", "preaudit"),
    "  /Coordguard  RUN preaudit": Command("run", "preaudit"),
    "/coordguard explain CC-5/spec-validates": Command("explain", "CC-5/spec-validates"),
    "/coordguard help": Command("help"),
    "/assign": Command("assign"),
    "/assign @ana ben @ana": Command("assign", people=("ana", "ben")),
    "/coordguard assign ana": Command("assign", people=("ana",)),
    "/waive CC-6/coverage until 2026-12-31 because legacy lanes go away": Command(
        "waive", "CC-6/coverage", until=date(2026, 12, 31), reason="legacy lanes go away"
    ),
    "/coordguard": Misspelt("there is no command /coordguard", " | ".join(USAGE.values())),
    "/coordguard explian CC-5/x": Misspelt("there is no command /coordguard explian", EXPLAIN),
    "/coordguard run": Misspelt("one gate is run at a time", RUN),
    "/coordguard run preaudit; rm -rf .": Misspelt("one gate is run at a time", RUN),
    "/coordguard explain": Misspelt("one criterion is explained at a time", EXPLAIN),
    "/asign ana": Misspelt("there is no command /asign /asign", ASSIGN),
    "/assign ana; -x": Misspelt("'ana;' is no login", ASSIGN),
    "/waive": Misspelt("a waiver names its criterion first", WAIVE),
    "/waive CC-6/coverage": Misspelt("a waiver names its last day", WAIVE),
    "/waive CC-6/coverage until tomorrow because x": Misspelt("a waiver names its last day", WAIVE),
    "/waive CC-6/coverage until 2026-02-30 because x": Misspelt("2026-02-30 is no day of the calendar", WAIVE),
    "/waive CC-6/coverage until 2026-12-31": Misspelt("a waiver gives its reason", WAIVE),
    "/waive CC-6/coverage until 2026-12-31 because": Misspelt("a waiver gives its reason", WAIVE),
    "/waive CC-6/coverage until 2026-12-31 because \u202ex": Misspelt(
        "a reason is plain words, and this one holds U+202E", WAIVE
    ),
    "/waive CC-6/coverage until 2026-12-31 because " + "x" * 500: Misspelt(
        "a command has at most 500 characters", WAIVE
    ),
    "/lgtm": None,
    "/retest all": None,
    "/etc/passwd is no command": None,
    "please /assign me": None,
    "": None,
}


@pytest.mark.parametrize("line", SENTENCES)
def test_a_line_is_read_for_what_it_is(line):
    found = read(line)

    assert found == SENTENCES[line]


@given(st.text("/coordguardwaiverunasg -@;$`&|\n\x00\u202e2026-12-31CC6", max_size=80))
def test_whatever_is_written_is_read_without_an_exception(text):
    found = read(text)

    assert found is None or isinstance(found, (Command, Misspelt))


@given(st.text(max_size=60))
def test_what_reaches_a_command_is_plain(text):
    """A person's login and a waiver's criterion have no sign that a shell, a path or YAML gives a meaning to."""
    for start in ("/assign ", "/waive "):
        found = read(start + text)
        if isinstance(found, Command):
            assert all(sign.isalnum() or sign == "-" for login in found.people for sign in login)
            assert not set(found.target) & set(" ;|&$`'\"<>\\\n")
