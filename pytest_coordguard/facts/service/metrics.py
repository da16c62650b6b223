"""Asks the service for what it says of itself to Prometheus."""

from __future__ import annotations

from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service.exposition import Metrics, NotMetrics, read_metrics
from pytest_coordguard.facts.service.service import Service

OK = 200  # Prometheus takes no other: scrape.go, `server returned HTTP status`
WRONG_TYPES = ("application/json", "text/html")


def look_at_metrics(service: Service) -> Metrics | str:
    """Return what it says; in words why Prometheus would not read it, without the text itself.

    Raises:
        NoAnswer: there was none.

    """
    path = service.settings.metrics
    reply = service.get(path)
    return _read(reply, path)


def _read(reply: Reply, path: str) -> Metrics | str:
    if reply.status != OK:
        return f"{path} answers {reply.status}"
    if reply.media_type in WRONG_TYPES:
        return f"{path} answers {reply.media_type}; meant: text/plain"
    try:
        return read_metrics(reply.text)
    except NotMetrics as error:
        return f"{path} is not readable for Prometheus: {error.what}"
