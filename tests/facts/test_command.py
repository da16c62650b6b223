"""Command lines: how they are read, what ends them, and where they swallow a failure."""

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.command import CannotRun, Command, Excuse, completed, excuses, read, stamps, tail


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("make smoke", Command(("make", "smoke"), {})),
        ("PYTHONPATH=. A= python -c 'print(1)'", Command(("python", "-c", "print(1)"), {"PYTHONPATH": ".", "A": ""})),
        ("echo a=b", Command(("echo", "a=b"), {})),
        ("grep 'a|b' x", Command(("grep", "a|b", "x"), {})),
    ],
)
def test_a_line_is_split_as_a_shell_splits_it(line, command):
    assert read(line) == command


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "``: no command to run"),
        ("A=1", "`A=1`: no command to run"),
        ("echo 'a", "`echo 'a`: No closing quotation"),
        ("make a && make b", "`make a && make b`: only a shell reads &&; write shell: true beside it"),
        ("make a || true", "`make a || true`: only a shell reads ||; write shell: true beside it"),
    ],
)
def test_what_no_command_can_be_made_of_is_said(line, message):
    with pytest.raises(CannotJudge) as raised:
        read(line)
    assert str(raised.value) == message


def test_a_shell_gets_the_line_as_it_is():
    assert read("a | b", shell=True) == Command(("/bin/sh", "-c", "a | b"), {})


def test_a_command_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CannotRun, match="`no-such-thing --now`: no command no-such-thing here"):
        completed("no-such-thing --now", cwd=tmp_path, seconds=5)
    with pytest.raises(CannotRun, match="the shell finds no such command"):
        completed("no-such-thing --now", cwd=tmp_path, seconds=5, shell=True)
    with pytest.raises(CannotJudge, match="no folder nowhere to run it in"):
        completed("true", cwd=tmp_path / "nowhere", seconds=5)


def test_a_command_that_does_not_end_cannot_be_judged(tmp_path):
    with pytest.raises(CannotJudge) as raised:
        completed("echo begun; sleep 60", cwd=tmp_path, seconds=0.3, shell=True)
    assert str(raised.value) == "`echo begun; sleep 60`: still running after 0.3 s\nbegun"


def test_the_tail_of_an_output_is_its_last_lines():
    text = "\n\n".join(map(str, range(40))) + "\n" + "x" * 1000 + "\n\n"

    assert tail(text, 3) == "38\n39\n" + "x" * 300


def test_a_file_made_again_with_the_same_content_has_another_stamp(tmp_path):
    """A generator may write what was there before; that it wrote shows in the time alone."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.json").write_text("{}")
    before = stamps(tmp_path, ["out/*.json", "out", "out/a.json", "missing", "*.xml"])

    assert stamps(tmp_path, ["out"]) == before
    (tmp_path / "out" / "a.json").write_text("{}")
    assert list(stamps(tmp_path, ["out"])) == ["out/a.json"] == list(before)
    assert stamps(tmp_path, ["out"]) != before


MAKEFILE = """\
.PHONY: lint smoke
FLAGS := -q
lint: deps
\truff check .
\t-mypy .
\t@pytest || true
\t@echo ok; exit 0

smoke audit:
\tpytest -m smoke
\tgrep -c || exit 1
docs::
\t@-sphinx
long:
\tflake8 \\
\t\t--count \\
\t\tsrc || true
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "make lint",
            [("Makefile", 5, "-mypy ."), ("Makefile", 6, "@pytest || true"), ("Makefile", 7, "@echo ok; exit 0")],
        ),
        ("make -s A=1 audit", []),
        ("make docs", [("Makefile", 13, "@-sphinx")]),
        ("make long", [("Makefile", 15, "flake8 --count src || true")]),
        ("pytest || :", [("", 0, "pytest || :")]),
        ("pytest || echo failed", [("", 0, "pytest || echo failed")]),
        ("pytest -q", []),
    ],
)
def test_a_swallowed_failure_is_found(line, found):
    """In the command line, or in the recipe of the target that it makes."""
    assert excuses(line, MAKEFILE) == [Excuse(*one) for one in found]
