"""What is wrong with the text of a data file. Bytes in; lines and words out."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from pytest_coordguard.facts.data_files.jsonc import plain_json
from pytest_coordguard.facts.data_files.workflow import workflow_troubles
from pytest_coordguard.facts.data_files.yaml_events import yaml_troubles
from pytest_coordguard.facts.openapi.json_text import repeated_keys

Trouble = tuple[int, str]  # 1-based line, 0 for the whole file; what is wrong
CONFLICT = re.compile(r"^<{7} .*?^>{7} ", re.MULTILINE | re.DOTALL)
AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")  # of tomllib's messages


def troubles(kind: str, data: bytes) -> list[Trouble]:
    """Return what is wrong with a file of this kind, in the order of its lines."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [(data.count(b"\n", 0, error.start) + 1, f"is no UTF-8: byte 0x{data[error.start]:02x}")]
    if marks := CONFLICT.search(text):
        return [(text.count("\n", 0, marks.start()) + 1, "holds a merge conflict that nobody resolved")]
    return sorted(READERS[kind](text))


def _json(text: str) -> Iterator[Trouble]:
    try:
        json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        yield error.lineno, f"is no JSON: {error.msg}"
    except (ValueError, RecursionError) as error:
        yield 0, f"is no JSON: {error}"
    else:
        for pointer, line in repeated_keys(text):
            yield line, f"has the key {pointer[-1]!r} twice in one object; readers keep one of the two"


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no JSON value")


def _json_lines(text: str) -> Iterator[Trouble]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            for _, message in _json(line.strip()):
                yield number, message


def _jsonc(text: str) -> Iterator[Trouble]:
    return _json(plain_json(text))


def _toml(text: str) -> Iterator[Trouble]:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = AT_LINE.search(str(error))
        line = int(place[1] or text.count("\n") + 1) if place else 0
        yield line, f"is no TOML: {AT_LINE.sub('', str(error))}"


READERS: Mapping[str, Callable[[str], Iterator[Trouble]]] = {
    "json": _json,
    "json-lines": _json_lines,
    "jsonc": _jsonc,
    "toml": _toml,
    "yaml": yaml_troubles,
    "workflow": workflow_troubles,
}
