"""The circuit breaker before the model, seen from outside: in /healthz, in /metrics, and in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitMemoryStorage,
)

from facade.metrics import Metrics
from facade.settings import Settings
from facade.upstream import UpstreamError

State = Literal["closed", "open", "half-open"]
NUMBERS: dict[State, int] = {"closed": 0, "open": 1, "half-open": 2}
NAME = "upstream"
T = TypeVar("T")

log = logging.getLogger("facade.breaker")


class Unavailable(Exception):
    """The model was not asked, or did not answer. Its text says why: `breaker_open` or `upstream_error`."""


class Breaker(CircuitBreakerListener):
    """Lets no call through for a while after so many failures in a row."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.trips = 0
        self.time_limit = settings.upstream_timeout
        self._metrics = metrics
        self.storage = CircuitMemoryStorage(STATE_CLOSED)
        self._breaker = CircuitBreaker(
            settings.breaker_failures,
            settings.breaker_reset,
            exclude=[lambda error: not isinstance(error, (UpstreamError, TimeoutError))],
            listeners=[self],
            state_storage=self.storage,
            name=NAME,
            throw_new_error_on_trip=False,
        )
        metrics.breaker_trips.labels(NAME)
        metrics.breaker_state.labels(NAME).set_function(self.number)

    async def call(self, asked: Callable[[], Awaitable[T]]) -> T:
        """Wait for the model's answer, if it may be asked.

        Raises:
            Unavailable: it may not, or failed. The log has the failure, with its context.

        """
        try:
            with self._breaker.calling():
                async with asyncio.timeout(self.time_limit):
                    return await asked()
        except CircuitBreakerError as error:
            raise Unavailable("breaker_open") from error
        except (UpstreamError, TimeoutError) as error:
            self.report(error)
            raise Unavailable("upstream_error") from error

    def report(self, error: Exception) -> None:
        """Tell a failure of the model."""
        log.error(
            "upstream failed",
            extra={"error": str(error) or f"no answer within {self.time_limit} s", "kind": type(error).__name__},
        )

    @property
    def state(self) -> State:
        """The state that the next call meets: an open breaker whose time is over is half-open."""
        if self._breaker.current_state == STATE_OPEN:
            return "half-open" if self.reopens_in <= 0 else "open"
        return "closed" if self._breaker.current_state == STATE_CLOSED else "half-open"

    @property
    def reopens_in(self) -> float:
        """The seconds until an open breaker lets a call through."""
        opened = self.storage.opened_at
        passed = (datetime.now(UTC) - opened).total_seconds() if opened else 0.0
        return max(0.0, float(self._breaker.reset_timeout) - passed)

    def health(self) -> dict[str, Any]:
        """Return what /healthz says of it."""
        return {"name": NAME, "state": self.state, "failures": self._breaker.fail_counter, "trips": self.trips}

    def number(self) -> int:
        """Return what /metrics says of it."""
        return NUMBERS[self.state]

    def count_trip(self) -> None:
        """Count that it opened."""
        self.trips += 1
        self._metrics.breaker_trips.labels(NAME).inc()

    def reset(self) -> None:
        """Close it."""
        self._breaker.close()

    def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:  # noqa: ANN401, ARG002  pybreaker's own
        """Count and tell each change."""
        if new_state.name == STATE_OPEN:
            self.count_trip()
        log.warning("breaker changed", extra={"from": old_state.name if old_state else None, "to": new_state.name})
