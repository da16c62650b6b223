"""Asks the sources that know of a pull request what git does not, and says which of them it asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.domain.pull_request import Fact, PullFacts
from pytest_coordguard.domain.record import utc
from pytest_coordguard.facts import git
from pytest_coordguard.facts.pull_request.event import event_facts
from pytest_coordguard.facts.pull_request.forge.client import Client
from pytest_coordguard.facts.pull_request.forge.look import forge_facts
from pytest_coordguard.facts.pull_request.forge.where import ALL_TOKENS, Unasked, Where, where
from pytest_coordguard.facts.pull_request.saved import saved_facts
from pytest_coordguard.facts.pull_request.trust import told

CACHE = "coordguard-github"  # in the git folder: what was asked before, so that asking again costs nothing


@dataclass(slots=True)
class Sources:
    """Saved facts alone where they are given; else GitHub and the event of the workflow, as far as they are there."""

    root: Path
    number: int
    saved: Path | None = None
    saved_name: str = ""
    token_env: str = ""
    unasked: str = field(default="", init=False)  # why no forge is asked
    forge: Where | None = field(default=None, init=False)  # that was asked, with the token for it

    def ask(self) -> tuple[PullFacts, tuple[str, ...]]:
        """Return what is known, and the names of the sources in the order of trust, git among them.

        Raises:
            FactsError: saved facts are given, and cannot be read.

        """
        if self.saved is not None:
            self._hide_tokens()
            return saved_facts(self.saved, self.number, self.saved_name), (f"saved facts ({self.saved_name})", "git")
        found, names = [self._of_forge()], ["git"]
        if self.forge is not None:
            names.append(f"api ({self.forge.rest})")
        event = os.environ.get("GITHUB_EVENT_PATH", "")
        if event:
            found.append(event_facts(Path(event), self.number))
            names.append("event")
        return told(*found), tuple(names)

    def _of_forge(self) -> PullFacts:
        try:
            self.forge = where(self.root, self.token_env)
        except Unasked as error:
            self.unasked = str(error)
            facts = PullFacts(self.number)
            return PullFacts(self.number, **{name: Fact(source="api", why=str(error)) for name, _ in facts.facts()})
        finally:
            self._hide_tokens()
        return self._asked(self.forge)

    def _asked(self, forge: Where) -> PullFacts:
        folder = git.output(self.root, "rev-parse", "--git-path", CACHE)
        client = Client(forge, cache=self.root / os.fsdecode(folder).rstrip("\n") if folder else None)
        try:
            return forge_facts(client, self.number, utc(datetime.now(UTC)))
        finally:
            client.close()

    def _hide_tokens(self) -> None:
        """Take the tokens out of the environment: nothing that is started from here on is to see one."""
        for name in filter(None, (*ALL_TOKENS, self.token_env)):
            os.environ.pop(name, None)

    @property
    def can_be_asked_again(self) -> bool:
        """Whether a source may say something else by now; the event of a workflow is a snapshot, and git is read."""
        return self.forge is not None or self.saved is not None

    def again(self) -> PullFacts:
        """Return what is known now."""
        return self._asked(self.forge) if self.forge is not None else self.ask()[0]
