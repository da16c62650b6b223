"""Commands in comments: who may ask for what, what is done for it, and the reply. The edge behind `coordguard comment`.

Nothing of a comment reaches a shell, a path or the judged tree: a gate and a criterion are looked up among those of
the plan, a login and a day are matched whole, and a reason is written as quoted YAML into a proposal alone.
"""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pytest_coordguard.commands.common import Here, Trouble
from pytest_coordguard.domain.comment_command import MOST, VERBS, Command, Misspelt, read
from pytest_coordguard.domain.plan import Waiver
from pytest_coordguard.domain.record import utc
from pytest_coordguard.facts.comment_lines import own_lines
from pytest_coordguard.facts.github.comment_event import CommentEvent
from pytest_coordguard.facts.github.connection import Connection
from pytest_coordguard.reports import comment_reply
from pytest_coordguard.reports.comment_reply import Said
from pytest_coordguard.reports.text import code, markdown

if TYPE_CHECKING:
    from pytest_coordguard.facts.github.requests import Proposal

LONGEST = 20_000  # characters of a comment that is looked through


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a comment."""

    said: tuple[Said, ...] = ()
    ignored: str = ""  # why nothing of it is answered on the page; "" when it is

    @property
    def reply(self) -> str:
        """The comment that answers it, "" for none: who may ask for nothing is not answered on the page."""
        return comment_reply.reply(self.said) if self.said and not self.ignored else ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where comments are answered."""

    here: Here
    connection: Connection | None = None  # None: nothing is done on GitHub, and the reply says what would be
    proposes: bool = False  # whether a waiver is opened as a change of the plan
    today: date | None = None

    def answer(self, event: CommentEvent) -> Answered:
        """Do what a comment asks for, as far as its author may ask for it."""
        if event.not_obeyed:
            return Answered(ignored=event.not_obeyed)
        if len(event.body) > LONGEST:
            return Answered(ignored=f"the comment has more than {LONGEST} characters")
        asked = [(line, found) for line in own_lines(event.body) if (found := read(line)) is not None]
        if not asked:
            return Answered(ignored="there is no command in the comment")
        if not any(self.here.plan.may(event.login, verb) for verb in VERBS):
            return Answered(ignored=f"{event.login} may ask for nothing here; `comments` of the plan says who may")
        if self.connection is not None:
            from pytest_coordguard.facts.github.requests import not_as_told

            if differs := not_as_told(self.connection, event):
                return Answered(ignored=differs)
        return Answered(tuple(self._said(event, asked)))

    def _said(self, event: CommentEvent, asked: list[tuple[str, Command | Misspelt]]) -> Iterable[Said]:
        for line, found in asked[:MOST]:
            if isinstance(found, Misspelt):
                yield Said(line, done=False, answer=comment_reply.misspelt(found.why, found.meant))
                continue
            try:
                yield Said(line, done=True, answer=self._done(event, found))
            except Trouble as error:
                yield Said(line, done=False, answer=markdown(str(error)))
        for line, _ in asked[MOST:]:
            yield Said(line, done=False, answer=f"one comment gives {MOST} commands at most")

    def _done(self, event: CommentEvent, command: Command) -> str:
        if command.verb == "help":
            return comment_reply.usage()
        if not self.here.plan.may(event.login, command.verb):
            raise Trouble(f"{event.login} may not ask for this; comments.{command.verb} of the plan says who may")
        act = {"run": self._run, "explain": self._explain, "assign": self._assign, "waive": self._waive}
        return act[command.verb](event, command)

    # -- run -----------------------------------------------------------------------------------------------

    def _run(self, event: CommentEvent, command: Command) -> str:
        from pytest_coordguard.handover import command as judge

        plan, gate = self.here.plan, command.target
        if gate not in plan.gates:
            raise Trouble(f"{gate} is no gate of the plan; {_meant(gate, plan.gates)}")
        if gate == "review_gate" and not event.on_pull_request:
            raise Trouble("review_gate judges a pull request, and this is an issue")
        number = event.number if gate == "review_gate" else None
        where = ["--coordguard-plan", str(self.here.location.plan), *(["--pr", str(number)] if number else [])]
        argv, env = judge(gate, where, self.here.root)
        started = utc(datetime.now(UTC))
        status = subprocess.run(argv, env=env, cwd=self.here.root, stdout=sys.stderr, check=False).returncode
        if number:
            return self._verdict_on(number, started, status)
        judged = "the branch that is checked out here"
        return comment_reply.ran(plan, self.here.of_gate(gate), exit_status=status, judged=judged)

    def _verdict_on(self, number: int, started: str, status: int) -> str:
        """Return the page of the verdict on a pull request, if this run wrote one."""
        import json

        page = self.here.root / self.here.plan.reports.audits / "reviews" / f"review_gate_{number}.md"
        try:
            document = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
            text = page.read_text(encoding="utf-8")
        except (OSError, ValueError):
            document, text = {}, ""
        if document.get("pull_request") != number or str(document.get("started", "")) < started:
            raise Trouble(f"the run left no verdict on {number}; it ended with status {status}")
        return comment_reply.page(text, exit_status=status)

    # -- explain -------------------------------------------------------------------------------------------

    def _explain(self, _event: CommentEvent, command: Command) -> str:
        from pytest_coordguard.explain import explained, explained_lines

        name = self._criterion(command.target)
        standing = next(each for each in self.here.standings() if each.criterion.id == name)
        found = explained(self.here.plan, self.here.suite, self.here.own, standing)
        return comment_reply.explanation(explained_lines(found))

    def _criterion(self, name: str) -> str:
        known = [each.id for each in self.here.plan.criteria]
        if name not in known:
            raise Trouble(f"{name} is no criterion of the plan; {_meant(name, known)}")
        return name

    # -- assign --------------------------------------------------------------------------------------------

    def _assign(self, event: CommentEvent, command: Command) -> str:
        people = command.people or (event.login,)
        told = ", ".join(code(login) for login in people)
        if self.connection is None:
            return f"Would assign {told}"
        from pytest_coordguard.facts.github.requests import assign

        if left_out := assign(self.connection, event, people):
            raise Trouble(f"GitHub does not let {', '.join(left_out)} be assigned here")
        return f"Assigned {told}"

    # -- waive ---------------------------------------------------------------------------------------------

    def _waive(self, event: CommentEvent, command: Command) -> str:
        from pytest_coordguard.facts.waiver_lines import waiver_line

        name, today = self._criterion(command.target), self.today or datetime.now(UTC).date()
        assert command.until is not None, "a waiver has a last day"
        if command.until < today:
            raise Trouble(f"{command.until} is over; a waiver ends today at the earliest")
        if there := next((each for each in self.here.plan.waivers if each.criterion == name), None):
            raise Trouble(
                f"{name} has a waiver until {there.until}, {self.here.plan.path}:{there.line}; change that one"
            )
        waiver = Waiver(name, command.reason, event.login, command.until, 0)
        return comment_reply.waiver(self.here.plan, waiver_line(waiver), self._opened(event, waiver))

    def _opened(self, event: CommentEvent, waiver: Waiver) -> str:
        if self.connection is None or not self.proposes:
            return ""
        from pytest_coordguard.facts.github.requests import propose

        return propose(self.connection, event.repository, self._proposal(event, waiver))

    def _proposal(self, event: CommentEvent, waiver: Waiver) -> Proposal:
        from pytest_coordguard.facts.github.requests import Proposal

        slug = waiver.criterion.replace("/", "-").strip(".").replace("..", ".")
        return Proposal(
            path=self.here.location.plan_name,
            branch=f"coordguard/waive-{slug}-{event.comment}",
            title=f"Waive {waiver.criterion} until {waiver.until}",
            body=f"Asked for in a comment on {event.number}. Reason: {markdown(waiver.reason)}\n",
            edit=lambda text: self._edited(text, waiver),
        )

    def _edited(self, text: str, waiver: Waiver) -> str | None:
        """Return the plan with the waiver in it, None where that is not just what the reader finds in it."""
        from pytest_coordguard.domain.faults import PlanError
        from pytest_coordguard.facts.plan_file import read_plan
        from pytest_coordguard.facts.waiver_lines import with_waiver

        checks = {name: entry.signature for name, entry in self.here.suite.items()} | dict(self.here.own)
        edited = with_waiver(text, waiver)
        if edited is None:
            return None
        try:
            before, after = (read_plan(each.encode(), self.here.plan.path, checks) for each in (text, edited))
        except PlanError:
            return None
        told = [(each.criterion, each.reason, each.owner, each.until) for each in after.waivers[len(before.waivers) :]]
        return edited if told == [(waiver.criterion, waiver.reason, waiver.owner, waiver.until)] else None


def _meant(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"it has {', '.join(names[:10])}"


def answer_event(
    desk: Desk, data: bytes, name: str, *, post: bool, variable: str = ""
) -> tuple[CommentEvent, Answered, str]:
    """Answer the event of a file; with `post` on GitHub, where a second run of the same event adds no second reply.

    Returns the event, what came of it, and what was done for the reply.

    Raises:
        CannotJudge: the file holds no such event, there is no token, or GitHub refused or did not answer.

    """
    from pytest_coordguard.facts.github.comment_event import read_event

    event = read_event(data, name)
    if not post:
        return event, desk.answer(event), ""
    from pytest_coordguard.facts.github.comments import keep_comment
    from pytest_coordguard.facts.github.host import host, repository_name

    with Connection(host(os.environ, variable)) as connection:
        answered = replace(desk, connection=connection).answer(event)
        if not answered.reply:
            return event, answered, ""
        key = f"reply to {event.comment}"
        posted = keep_comment(connection, repository_name(event.repository), event.number, key, answered.reply)
        return event, answered, posted
