"""Figures in JSON, YAML and TOML reports. Bytes in; a number out, or the reason why there is none."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.json_pairs import without_twins

COUNT = re.compile(r"count\((.*)\)\Z", re.DOTALL)
SHOWN = 8  # keys that a message lists


def document(name: str, content: bytes) -> object:
    """Return the data of a report; TOML and YAML are told by the name's ending, the rest is JSON.

    Raises:
        CannotJudge: it cannot be parsed, or has a key twice, of which only one would be seen.

    """
    try:
        if name.endswith(".toml"):
            return tomllib.loads(content.decode("utf-8"))
        if name.endswith((".yaml", ".yml")):
            import yaml

            return yaml.safe_load(content)
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=without_twins)
    except (ValueError, RecursionError, ImportError) as error:  # JSON, TOML and Unicode errors are ValueErrors
        raise CannotJudge(f"{name}: cannot be read ({error})") from error
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise CannotJudge(f"{name}: cannot be read as YAML ({error})") from error
        raise


def steps(at: str) -> list[str]:
    """Return the keys of a place: `summary.total`, or the JSON pointer `/summary/total` (RFC 6901)."""
    if at.startswith("/"):
        return [part.replace("~1", "/").replace("~0", "~") for part in at[1:].split("/")]
    return at.split(".") if at else []


def value(data: object, at: str) -> object:
    """Return what a document has at a place.

    Raises:
        CannotJudge: there is nothing; the message names the keys that are there.

    """
    here, passed = data, ""
    for step in steps(at):
        if isinstance(here, dict) and step in _by_name(here):
            here = _by_name(here)[step]
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            raise CannotJudge(f"{at!r}: no {step!r} {f'in {passed}' if passed else 'at the top'}{_near(step, here)}")
        passed += f"/{step}"
    return here


def _by_name(mapping: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): one for key, one in mapping.items()}


def _near(step: str, here: object) -> str:
    if isinstance(here, list):
        return f"; it is a list of {len(here)}"
    if not isinstance(here, dict):
        return f"; it is {here!r}"[:80]
    keys = sorted(map(str, here))
    close = difflib.get_close_matches(step, keys, SHOWN) or keys[:SHOWN]
    return f"; there is {', '.join(map(repr, close))}" if close else "; it is empty"


def figure(data: object, at: str) -> float | int:
    """Return the number at a place; for `count(place)`, how many entries the list or mapping there has.

    Raises:
        CannotJudge: there is nothing at that place, or no number, or nothing to count.

    """
    counted = COUNT.match(at)
    found = value(data, counted[1].strip() if counted else at)
    if counted:
        if not isinstance(found, (list, dict)):
            raise CannotJudge(f"{at!r}: {_shown(found)} is no list whose entries can be counted")
        return len(found)
    if isinstance(found, (list, dict)):
        raise CannotJudge(f"{at!r}: a list or mapping of {len(found)}, no number; meant: count({at})")
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise CannotJudge(f"{at!r}: {_shown(found)} is no number")
    return found


def _shown(found: object) -> str:
    return f"a {type(found).__name__}" if isinstance(found, str) else repr(found)


def replaced(data: Any, path: Sequence[str], new: object) -> object:  # noqa: ANN401  # of any shape
    """Return a document with another value at a place that it has."""
    if not path:
        return new
    if isinstance(data, list):
        return [replaced(one, path[1:], new) if at == int(path[0]) else one for at, one in enumerate(data)]
    return {key: replaced(one, path[1:], new) if str(key) == path[0] else one for key, one in data.items()}
