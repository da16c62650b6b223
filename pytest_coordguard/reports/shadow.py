"""A comparison with a reference as files: all of it as JSON, the envelopes and the headers as tables to read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_coordguard.domain.shadow.comparison import Compared, Difference
from pytest_coordguard.domain.shadow.picture import Picture, picture_json
from pytest_coordguard.domain.shadow.shape import Place, told, written
from pytest_coordguard.reports.text import cell, code, markdown

OPEN = "(left open)"
NONE = "(none)"


def pages(source: str, rows: Sequence[Compared], reasons: Mapping[Difference, str]) -> dict[str, str]:
    """Return the files: name -> text. `reasons` has those differences that the plan accepts."""
    return {
        "shadow.json": _document(source, rows, reasons),
        "envelope_comparison.md": _envelopes(source, rows, reasons),
        "headers_comparison.md": _headers(source, rows, reasons),
    }


def _document(source: str, rows: Sequence[Compared], reasons: Mapping[Difference, str]) -> str:
    data = {
        "coordguard_shadow_report": 1,
        "reference": source,
        "compared": [
            {
                "request": row.asked,
                "reference": picture_json(row.reference),
                "candidate": picture_json(row.candidate),
                "differences": [
                    {
                        "what": one.what,
                        "reference": one.reference,
                        "candidate": one.candidate,
                        "accepted": reasons.get(one),
                    }
                    for one in row.differences
                ],
            }
            for row in rows
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _envelopes(source: str, rows: Sequence[Compared], reasons: Mapping[Difference, str]) -> str:
    lines = [*_head("Envelopes", source, rows, reasons)]
    for row in rows:
        lines += ["", f"## {markdown(row.asked)}", "", *_TABLE]
        lines += _line(row, "status", [_status(one) for one in (row.reference, row.candidate)], reasons)
        lines += _line(row, "media type", [_media_type(one) for one in (row.reference, row.candidate)], reasons)
        if row.reference.end or row.candidate.end:
            lines += _line(row, "end of the stream", [row.reference.end or OPEN, row.candidate.end or NONE], reasons)
        if row.reference.shape is None or row.candidate.shape is None:
            kinds = ["no JSON" if one.shape is None else "JSON" for one in (row.reference, row.candidate)]
            lines += _line(row, "body", kinds, reasons)
            continue
        for place in _places(row.reference.shape, row.candidate.shape):
            both = [told(shape.get(place, ())) for shape in (row.reference.shape, row.candidate.shape)]
            lines += _line(row, f"body {written(place)}", both, reasons)
    return "\n".join(lines) + "\n"


def _headers(source: str, rows: Sequence[Compared], reasons: Mapping[Difference, str]) -> str:
    lines = [*_head("Headers", source, rows, reasons)]
    for row in rows:
        lines += ["", f"## {markdown(row.asked)}", "", *_TABLE]
        known = row.reference.headers
        there = row.candidate.headers or {}
        for name in sorted({*(known or {}), *there}):
            wanted = OPEN if known is None else told(known[name]) if name in known else NONE
            found = told(there[name]) if name in there else NONE
            lines += _line(row, f"header {name}", [wanted, found], reasons)
    return "\n".join(lines) + "\n"


_TABLE = ("| what | reference | this service | |", "| --- | --- | --- | --- |")


def _head(what: str, source: str, rows: Sequence[Compared], reasons: Mapping[Difference, str]) -> Iterator[str]:
    found = [one for row in rows for one in row.differences]
    open_ = sum(one not in reasons for one in found)
    yield f"# {what} beside the reference"
    yield ""
    counted = f"Requests compared: {len(rows)}, differences: {len(found)}, not accepted: {open_}"
    yield f"Reference: {code(source)}. {counted}."


def _line(row: Compared, what: str, sides: Sequence[str], reasons: Mapping[Difference, str]) -> list[str]:
    met = next((one for one in row.differences if one.what == what), None)
    note = "" if met is None else f"accepted: {reasons[met]}" if met in reasons else "**differs**"
    shown = note if note == "**differs**" else cell(note)
    return [f"| {cell(what)} | {cell(sides[0])} | {cell(sides[1])} | {shown} |"]


def _status(picture: Picture) -> str:
    return OPEN if picture.status is None else str(picture.status)


def _media_type(picture: Picture) -> str:
    return OPEN if picture.media_type is None else picture.media_type or NONE


def _places(*shapes: Iterable[Place]) -> list[Place]:
    return sorted({place for shape in shapes for place in shape})
