"""Posts the verdict of a run on the pull request's page: the edge behind `--post`."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.posting import Posting
from pytest_coordguard.facts.github.connection import Connection
from pytest_coordguard.facts.github.host import Host
from pytest_coordguard.facts.github.verdict import Kind, Posted, VerdictWriter


@dataclass(slots=True)
class Post:
    """What a run says on the page, first that it judges and then what it found.

    A verdict that could not be posted is a trouble of the run, never a silence: the page still says `pending`, or
    what it said before.
    """

    host: Host
    repository: str  # owner/name
    kind: Kind = "status"
    check: int | None = None  # id of the check run, once there is one
    begun: bool = False
    said: list[str] = field(default_factory=list)  # for the terminal
    troubles: list[str] = field(default_factory=list)  # why something was not said

    def begin(self, posting: Posting) -> None:
        """Say that this head is being judged, once."""
        if not self.begun:
            self.begun = True
            self._with(posting, finish=False)

    def finish(self, posting: Posting) -> None:
        """Say the verdict."""
        self._with(posting, finish=True)

    def _with(self, posting: Posting, *, finish: bool) -> None:
        try:
            with Connection(self.host) as connection:
                writer = VerdictWriter(connection, self.kind, self.check)
                self._keep(writer.finish(posting) if finish else writer.begin(posting))
                self.check = writer.check
        except CannotJudge as error:
            self.troubles.append(f"not posted: {error}")

    def _keep(self, posted: Posted) -> None:
        self.said += [f"posted: {each}" for each in posted.said]
        if posted.why_not:
            self.troubles.append(f"not posted: {posted.why_not}")
