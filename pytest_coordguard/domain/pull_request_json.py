"""Facts of a pull request as JSON and back, so that a verdict can be found again without the network."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pytest_coordguard.domain.json_pairs import TwiceError, without_twins
from pytest_coordguard.domain.pull_request import Fact, PullFacts

VERSION = 1  # of this format; one that is not known is refused, not guessed at
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TIMES = ("as_of", "submitted", "at", "head_seen")  # these are compared as text, so their form is one
_WORDS = {str: "text", bool: "true or false", int: "a whole number"}


class FactsError(ValueError):
    """A text holds no facts of a pull request; the message names the place, what is there and what was meant."""


def to_json(pull: PullFacts) -> str:
    """Return facts as JSON, the same text for the same facts."""
    known = {
        name: asdict(fact) if fact.known else {"value": None, "why": fact.why, "source": fact.source}
        for name, fact in pull.facts()
    }
    for each in known.values():
        if each["value"] is not None:
            del each["why"]
    document = {"schema_version": VERSION, "number": pull.number, "facts": known}
    return json.dumps(document, indent=2, ensure_ascii=True, sort_keys=True) + "\n"


def from_json(text: str | bytes) -> PullFacts:
    """Return the facts of a text that `to_json` made, or a person wrote.

    A fact that the text leaves out is not known.

    Raises:
        FactsError: the text is no such thing.

    """
    try:
        document = json.loads(text, object_pairs_hook=without_twins)
    except TwiceError as error:
        raise FactsError(f"{error.key}: stands there twice") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FactsError(f"is no JSON: {error}") from None
    except RecursionError:
        raise FactsError("is nested too deeply to be read") from None
    _of_type(document, dict, "", "an object")
    version = document.get("schema_version")
    if version != VERSION or isinstance(version, bool):
        raise FactsError(f"schema_version: {version!r} is not known; meant: {VERSION}")
    _no_other_keys(document, ("schema_version", "number", "facts"), "")
    number = _plain(document.get("number"), int, "number")
    facts = _of_type(document.get("facts"), dict, "facts", "an object")
    kinds = _fact_kinds()
    _no_other_keys(facts, tuple(kinds), "facts.")
    return PullFacts(
        number, **{name: _fact(facts[name], kind, f"facts.{name}") for name, kind in kinds.items() if name in facts}
    )


@cache
def _fact_kinds() -> dict[str, Any]:
    hints = typing.get_type_hints(PullFacts)
    return {field.name: typing.get_args(hints[field.name])[0] for field in fields(PullFacts) if field.name != "number"}


def _fact(data: object, kind: Any, place: str) -> Fact[Any]:  # noqa: ANN401  # any annotation
    found = _of_type(data, dict, place, "an object with value, source and as_of")
    _no_other_keys(found, ("value", "source", "as_of", "why"), f"{place}.")
    texts = {name: _plain(found.get(name, ""), str, f"{place}.{name}") for name in ("source", "as_of", "why")}
    if found.get("value") is None:
        return Fact(source=texts["source"], why=texts["why"] or "the saved facts do not say")
    _timely(texts["as_of"], f"{place}.as_of", "as_of")
    return Fact(
        _value(found["value"], kind, f"{place}.value", place.rpartition(".")[2]), texts["source"], texts["as_of"], ""
    )


def _value(data: object, kind: Any, place: str, name: str = "") -> Any:  # noqa: ANN401  # of the kind asked for
    """Return data as what a dataclass's annotation says."""
    if isinstance(kind, types.UnionType):
        return None if data is None else _value(data, typing.get_args(kind)[0], place, name)
    if typing.get_origin(kind) is tuple:
        rows = _of_type(data, list, place, "a list")
        return tuple(_value(row, typing.get_args(kind)[0], f"{place}[{index}]") for index, row in enumerate(rows))
    if is_dataclass(kind):
        return _record(data, kind, place)
    found = _plain(data, kind, place)
    _timely(found, place, name)
    return found


def _record(data: object, kind: Any, place: str) -> Any:  # noqa: ANN401  # of the kind asked for
    found = _of_type(data, dict, place, f"an object of {', '.join(field.name for field in fields(kind))}")
    hints = typing.get_type_hints(kind)
    _no_other_keys(found, tuple(hints), f"{place}.")
    for field in fields(kind):
        if field.name not in found and field.default is MISSING:
            raise FactsError(f"{place}.{field.name}: is missing")
    return kind(**{name: _value(found[name], hints[name], f"{place}.{name}", name) for name in found})


def _timely(value: object, place: str, name: str) -> None:
    if name in _TIMES and value and not _TIME.fullmatch(str(value)):
        raise FactsError(f"{place}: {value!r} is no time; meant: UTC, as 2026-11-24T09:15:02Z")


def _plain(data: object, kind: Any, place: str) -> Any:  # noqa: ANN401  # of the kind asked for
    if type(data) is not kind:  # True is an int to isinstance
        raise FactsError(f"{place}: {_shown(data)} is not {_WORDS[kind]}")
    return data


def _of_type(data: object, kind: type, place: str, meant: str) -> Any:  # noqa: ANN401  # of the kind asked for
    if not isinstance(data, kind):
        raise FactsError(f"{place or 'the document'}: {_shown(data)} is not {meant}")
    return data


def _shown(data: object) -> str:
    text = json.dumps(data)
    return text if len(text) <= 40 else text[:40] + "…"  # noqa: PLR2004  characters


def _no_other_keys(data: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in data:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            raise FactsError(f"{place}{key}: is not known; meant: {near[0] if near else ', '.join(known)}")
