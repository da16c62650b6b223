"""How much of the repository a value can carry, and where names come from."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Collection
from enum import IntEnum


class Level(IntEnum):
    """Ordered: the level of what is computed from several values is their `max`."""

    FIXED = 0  # a constant that nobody can change
    OWN = 1  # made by the test itself; others can change it once they are given it
    AMBIENT = 2  # within reach of the repository's code: depends on it as soon as any of that code runs
    LIVE = 3  # may come from the repository's code, or nobody knows


TEST_TOOLS = (
    "pytest",
    "_pytest",
    "unittest",
    "mock",
    "hypothesis",
    "pytest_mock",
    "pytest_asyncio",
    "nose",
    "monkeypatch",
    "mocker",
)
TEST_TOOL_PARTS = ("numpy.testing", "pandas.testing", "torch.testing")


def words(text: str) -> frozenset[str]:
    """Return the words of a text, so that long sets of names stay readable."""
    return frozenset(text.split())


PURE = words(
    "abc array base64 binascii bisect calendar cmath codecs collections colorsys copy dataclasses decimal difflib enum"
    " fractions functools hashlib heapq hmac html itertools json keyword math numbers operator pprint re reprlib"
    " statistics string struct textwrap types typing unicodedata zlib __future__"
)
AMBIENT = words("asyncio concurrent contextlib contextvars datetime random secrets time uuid zoneinfo")
PURE_PATHS = frozenset(f"os.path.{name}" for name in words("join basename dirname split splitext normpath isabs"))

# They read files, run text as code, or show names that are not written down.
_OPAQUE_BUILTINS = words("open exec eval compile __import__ globals locals vars input breakpoint dir") | {""}
_BUILTINS = frozenset(dir(builtins))

# Fixtures of pytest and its best-known plugins that bring nothing of the repository by themselves
# (https://docs.pytest.org/en/stable/reference/fixtures.html). `request`, `pytester` and all others may.
FIXTURES = {
    **dict.fromkeys(("tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory", "monkeypatch", "mocker"), Level.OWN),
    **dict.fromkeys(("record_property", "record_xml_attribute", "record_testsuite_property", "subtests"), Level.OWN),
    **dict.fromkeys(("capsys", "capsysbinary", "capfd", "capfdbinary", "caplog", "recwarn"), Level.AMBIENT),
    **dict.fromkeys(("event_loop", "anyio_backend"), Level.AMBIENT),
}

OF_FIXTURES = frozenset({"pytest", "_pytest", "pytest_mock"})  # whose repositories test these very fixtures


def is_builtin(name: str) -> bool:
    """Tell whether Python itself binds this name."""
    return name in _BUILTINS


def is_tool(dotted: str) -> bool:
    """Tell whether a dotted path leads into what tests are made with."""
    return dotted.partition(".")[0] in TEST_TOOLS or dotted.startswith(TEST_TOOL_PARTS)


def level_of(dotted: str, first_party: Collection[str]) -> Level:
    """Return what a dotted path can carry. What is neither stdlib nor a test tool may be the repository's.

    Args:
        dotted: as `json.dumps`, `builtins.len`, `shop.total`.
        first_party: top-level names that the repository's own files bind, even where Python has one of that name.

    """
    top = dotted.partition(".")[0]
    if top in first_party or dotted == "pytest.importorskip":
        return Level.LIVE
    if top == "builtins":
        return (
            Level.LIVE
            if dotted.removeprefix("builtins").lstrip(".").partition(".")[0] in _OPAQUE_BUILTINS
            else Level.OWN
        )
    if is_tool(dotted) or top in PURE or dotted in PURE_PATHS:
        return Level.OWN
    return Level.AMBIENT if top in AMBIENT else Level.LIVE


def is_standard(dotted: str, first_party: Collection[str]) -> bool:
    """Tell whether a dotted path leads into the standard library, which fails no test on its own."""
    top = dotted.partition(".")[0]
    return top not in first_party and (top in sys.stdlib_module_names or top == "builtins")
