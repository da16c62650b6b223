"""Reads what a service says of itself to Prometheus: the text format, and what OpenMetrics adds to its lines.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, version 0.0.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

NAME: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABELS = r'\{(?P<labels>(?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}'
_LINE = re.compile(rf"(?P<name>{NAME})(?:[ \t]*{_LABELS})?(?:[ \t]+(?P<value>\S+)(?:[ \t]+(?P<time>\S+))?)?[ \t]*")
_LABEL = re.compile(r'[ \t]*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"(?P<value>(?:[^"\\]|\\.)*)"[ \t]*(?:,|$)')
_TYPE = re.compile(rf"#[ \t]+TYPE[ \t]+(?P<name>{NAME})[ \t]+(?P<type>\S+)[ \t]*")
_EXEMPLAR = re.compile(r"[ \t]#[ \t]+\{")  # OpenMetrics, section 5.1.3
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE
)
_ESCAPED: Final = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
TYPES: Final = (
    *("counter", "gauge", "histogram", "summary", "untyped"),
    *("unknown", "info", "stateset", "gaugehistogram"),  # of OpenMetrics
)
SUFFIXES: Final = ("_total", "_created", "_bucket", "_count", "_sum", "_info")  # of samples, behind their family's name


class NotMetrics(ValueError):
    """A text that Prometheus does not read; says the line."""

    def __init__(self, line: int, what: str) -> None:
        self.what = what  # without the line, which moves from one look to the next
        super().__init__(f"line {line}: {what}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """What was read."""

    types: Mapping[str, str] = field(default_factory=dict)  # family -> as the text says
    samples: tuple[Sample, ...] = ()

    def of(self, name: str, labels: Mapping[str, str] | None = None) -> list[Sample]:
        """Return the samples of a name, with `_total` or without, that have these labels among theirs."""
        wanted = (labels or {}).items()
        return [one for one in self.samples if one.name in spellings(name) and wanted <= one.labels.items()]

    def value(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """Return the sum of these samples, None when there are none."""
        found = self.of(name, labels)
        return sum(one.value for one in found) if found else None

    def type_of(self, name: str) -> str:
        """Return the type of a family, "" when none is said."""
        return next((self.types[one] for one in spellings(name) if one in self.types), "")

    def has_family(self, name: str) -> bool:
        """Tell whether there is a sample of a family, as a bucket of a histogram."""
        return any(one.name in (*spellings(name), *(name + suffix for suffix in SUFFIXES)) for one in self.samples)


def spellings(name: str) -> tuple[str, ...]:
    """Return the names that one counter goes by: clients of Prometheus add `_total` to it, or leave it to the code."""
    bare = name.removesuffix("_total")
    return tuple(dict.fromkeys((name, bare, f"{bare}_total")))


def read_metrics(text: str) -> Metrics:
    """Return what a text says.

    Raises:
        NotMetrics: with the first line that is none of the format.

    """
    types: dict[str, str] = {}
    samples: dict[tuple[str, frozenset[tuple[str, str]]], Sample] = {}
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip(" \t\r")
        if bare.startswith("#"):
            _note_type(types, bare, number)
        elif bare:
            sample = read_sample(bare, number)
            key = (sample.name, frozenset(sample.labels.items()))
            if key in samples:
                raise NotMetrics(number, f"{sample.name} has a second value for the same labels")
            samples[key] = sample
    return Metrics(types, tuple(samples.values()))


def _note_type(types: dict[str, str], line: str, number: int) -> None:
    if not (found := _TYPE.fullmatch(line)):
        return
    if found["type"] not in TYPES:
        raise NotMetrics(number, f"{found['name']} has the type {found['type']!r}; meant: {', '.join(TYPES)}")
    if found["name"] in types:
        raise NotMetrics(number, f"{found['name']} has a second type")
    types[found["name"]] = found["type"]


def read_sample(line: str, number: int = 1, *, valueless: bool = False) -> Sample:
    """Return the sample of one line; with `valueless`, one without a value will do, and has NaN.

    Raises:
        NotMetrics: the line is none.

    """
    exemplar = _EXEMPLAR.search(line)
    found = _LINE.fullmatch(line[: exemplar.start()] if exemplar else line)
    if found is None:
        raise NotMetrics(number, 'no sample; meant: as name{label="value"} 1')
    if found["value"] is None and not valueless:
        raise NotMetrics(number, f"{found['name']} has no value")
    value = found["value"] or "nan"
    if not _NUMBER.fullmatch(value):
        raise NotMetrics(number, f"{found['name']} has a value that is no number")
    if found["time"] and not _NUMBER.fullmatch(found["time"]):
        raise NotMetrics(number, f"{found['name']} has a time that is no number")
    return Sample(found["name"], dict(_labels(found["labels"] or "", found["name"], number)), float(value))


def _labels(text: str, name: str, number: int) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    at = 0
    while text[at:].strip():
        label = _LABEL.match(text, at)
        if label is None or label["name"] in seen:
            raise NotMetrics(number, f"the labels of {name} cannot be read")
        seen.add(label["name"])
        yield label["name"], re.sub(r"\\[\s\S]", lambda pair: _ESCAPED.get(pair[0], pair[0]), label["value"])
        at = label.end()
