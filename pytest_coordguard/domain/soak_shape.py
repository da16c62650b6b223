"""The keys of a plan's `soak`."""

from __future__ import annotations

from pytest_coordguard.domain.record_type import Fields, Key, Record
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.domain.text_types import SECONDS, WORDS
from pytest_coordguard.domain.value_types import Choice, ListOf, MapOf, Text

_URL = Text("a URL, as https://grafana.example.org/d/slo?from={from}&to={to}", r"https?://[^\x00-\x20\x7f<>\"]+")
_REPOSITORY = Text("owner/name", r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")

SOAK = Record(
    "'soak'",
    {
        "repository": Key(_REPOSITORY, "Where the issue is opened; without this key, where CI runs."),
        "title": Key(WORDS, "Of the issue; {objectives} and {project} in it are names.", default=Soak().title),
        "prometheus": Key(_URL, "Where readers reach the Prometheus that a criterion asks by another URL."),
        "panels": Key(MapOf(_URL), "Links by name; {from}, {to} (ms, one hour) and {job} in one are filled in."),
        "labels": Key(ListOf(WORDS), "Of the issue."),
        "comment_every": Key(
            SECONDS, "A breach that goes on is told so often.", default=f"{Soak().comment_every_seconds / 3600:.0f}h"
        ),
        "on_recovery": Key(
            Choice(("comment", "close", "nothing")), "What becomes of the issue.", default=Soak().on_recovery
        ),
        "unverified": Key(
            Choice(("quiet", "issue")), "Whether what cannot be verified opens one too.", default=Soak().unverified
        ),
    },
)


def soak_of(read: object) -> Soak:
    """Return what was read; the defaults where there is nothing."""
    if not isinstance(read, Fields):
        return Soak()
    names = [name for name in SOAK.keys if name != "comment_every"]
    return Soak(**read.given(*names, comment_every_seconds="comment_every"))
