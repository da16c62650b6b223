"""Looks at a circuit breaker from outside, and waits for it to change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.breaker import STATES, Shown, State, state_of
from pytest_coordguard.domain.reply import NotJson, Reply
from pytest_coordguard.facts.service.exposition import Sample
from pytest_coordguard.facts.service.metrics import look_at_metrics
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service

POLL = 0.02  # seconds between two looks
TRIES = 5  # looks at both places, when the state changes in between


@dataclass(slots=True)
class Watch:
    """Where a breaker is seen, and all that was seen of it so far, in order and without repetition."""

    service: Service
    place: str  # in the JSON of /healthz
    says: Mapping[str, str]
    samples: Mapping[State, Sample] | None
    seen: list[Shown] = field(default_factory=list)

    def look(self) -> Shown:
        """Return the state in both places at one moment."""
        for _ in range(TRIES):
            before = self._health()
            metrics, trouble = self._metrics()
            after = self._health()
            if before == after:
                break
        shown = Shown(after.health, after.said, metrics, after.trouble or trouble)
        if shown not in self.seen[-1:]:
            self.seen.append(shown)
        return shown

    def until(self, *wanted: State, seconds: float, meanwhile: Callable[[], object] | None = None) -> bool:
        """Look until one of these states is shown in /healthz; tell whether it came.

        `meanwhile` is called again and again beside the looks, so that a state is seen that lasts no longer than that.
        """
        deadline = time.monotonic() + seconds
        with ThreadPoolExecutor(1) as pool:
            under_way: Future[object] | None = None
            while True:
                if self.look().health in wanted:
                    return True
                if time.monotonic() > deadline:
                    return False
                if meanwhile and (under_way is None or under_way.done()):
                    under_way = pool.submit(meanwhile)
                time.sleep(POLL)

    def _health(self) -> Shown:
        path = self.service.settings.healthz
        reply = self.service.get(path)
        try:
            said = reply.at_place(self.place)
        except NotJson:
            return Shown(None, trouble=f"{path} answers {reply.status} without JSON")
        if said is None:
            return Shown(None, trouble=f"{path} has nothing at {self.place}")
        state = state_of(said, self.says)
        if state is None:
            return Shown(None, str(said), trouble=f"{path} has no state at {self.place}; meant: {', '.join(STATES)}")
        return Shown(state, str(said))

    def _metrics(self) -> tuple[tuple[State, ...] | None, str]:
        if self.samples is None:
            return None, ""
        metrics = look_at_metrics(self.service)
        if isinstance(metrics, str):
            return (), metrics
        found = {state: metrics.of(one.name, one.labels) for state, one in self.samples.items()}
        if not any(found.values()):
            name = next(iter(self.samples.values())).name
            return (), f"{self.service.settings.metrics} lacks {name}"
        told = [state for state, there in found.items() if any(one.value == self.samples[state].value for one in there)]
        return tuple(told), ""


def asked(service: Service, ask: Ask) -> Reply | None:
    """Return the answer, None when there was none."""
    try:
        return service.send(ask)
    except NoAnswer:
        return None
