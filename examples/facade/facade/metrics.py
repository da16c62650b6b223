"""What the service counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters of one service; each has its own registry, so that two in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "facade_http_requests", "Requests that were answered", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "facade_http_request_duration_seconds", "Until an answer begins", ["route"], registry=self.registry
        )
        self.decisions = Counter(
            "facade_policy_decisions", "What the policies said", ["outcome"], registry=self.registry
        )
        self.decision_seconds = Histogram(
            "facade_policy_decision_duration_seconds",
            "How long the policies took to say it",
            buckets=(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5),
            registry=self.registry,
        )
        self.breaker_state = Gauge(
            "facade_breaker_state", "0 closed, 1 open, 2 half-open", ["breaker"], registry=self.registry
        )
        self.breaker_trips = Counter("facade_breaker_trips", "Times it opened", ["breaker"], registry=self.registry)
        self.fallbacks = Counter(
            "facade_fallbacks", "Answers that the fallback gave", ["reason"], registry=self.registry
        )

    def text(self) -> bytes:
        """Return them in the format that Prometheus reads."""
        return generate_latest(self.registry)
