"""The soak sentinel: looks at the plan's objectives, keeps one issue about them, and runs nothing of the repository."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.plan import Criterion, Plan
from pytest_coordguard.domain.sentinel import Act, Known, Step, Watched, Word, next_step, word_in, worst
from pytest_coordguard.domain.slo import State, outcomes, watch_of
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.facts.github.connection import Connection
from pytest_coordguard.facts.github.host import host
from pytest_coordguard.facts.issue_tracker import GitHubIssues, IssueTracker
from pytest_coordguard.facts.prometheus import Monitoring
from pytest_coordguard.facts.slo import look
from pytest_coordguard.reports import soak as reports

CHECK = "slo.holds"


class SoakTrouble(Exception):
    """The sentinel cannot do what it was asked for; the message says why and what was meant."""


@dataclass(frozen=True, slots=True)
class Sentinel:
    """One look: what was found, and when."""

    plan: Plan
    found: tuple[Watched, ...]
    at: float

    @property
    def state(self) -> State:
        """The worst of all criteria."""
        return worst(one.state for one in self.found)


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be done about the issue; `url` of the one that is known."""

    step: Step
    title: str = ""
    body: str = ""
    number: int | None = None
    url: str = ""
    unseen: str = ""  # why the tracker was not asked for an issue that is there
    posted: bool = False
    failed: bool = False  # it could not be found out or done; the step says why


def watch(plan: Plan) -> Sentinel:
    """Look at each objective of the plan.

    Raises:
        SoakTrouble: it has none.

    """
    criteria = [one for one in plan.criteria if one.check == CHECK]
    if not criteria:
        raise SoakTrouble(f"{plan.path} has no criterion of {CHECK}: there is nothing to watch")
    at = time.time()
    return Sentinel(plan, tuple(_found(one, at) for one in criteria), at)


def _found(criterion: Criterion, at: float) -> Watched:
    watched = watch_of(criterion.parameters)
    try:
        prometheus = Monitoring().at(watched.prometheus, watched.allow_hosts, watched.token_env)
        seen = outcomes(watched, look(prometheus, watched, at))
    except CannotJudge as error:
        return Watched(criterion.id, watched.job, watched.prometheus, (), str(error))
    trouble = "" if seen else "slos: no objective to look at"
    return Watched(criterion.id, watched.job, watched.prometheus, seen, trouble)


def repository_of(soak: Soak) -> str:
    """Return the repository that the issue is kept in.

    Raises:
        CannotJudge: nobody says which it is.

    """
    found = soak.repository or os.environ.get("GITHUB_REPOSITORY", "")
    if not found:
        raise CannotJudge("no repository; meant: 'soak: {repository: owner/name}' in the plan, or GITHUB_REPOSITORY")
    return found


def told(sentinel: Sentinel, tracker: IssueTracker | None) -> Told:
    """Return what is to be done, after a look at what we said before; without a tracker, as if we never said a word.

    Raises:
        CannotJudge: the tracker cannot be read.

    """
    plan, soak = sentinel.plan, sentinel.plan.soak
    known = _known(tracker, plan.path, sentinel.at - soak.comment_every_seconds) if tracker else None
    step = next_step(sentinel.state, known, soak, sentinel.at)
    text = reports.body(soak, plan.path, sentinel.found, sentinel.at, step.says) if step.says else ""
    title = reports.title(soak, plan.project, sentinel.found) if step.act is Act.OPEN else ""
    return Told(step, title, text, known.number if known else None, known.url if known else "")


def _known(tracker: IssueTracker, plan: str, since: float) -> Known | None:
    """Return our issue about this plan: the oldest that is open, else the newest that was closed."""
    mine = [issue for issue in tracker.mine(since) if word_in(issue.body, plan)]
    open_ones = [issue for issue in mine if issue.is_open]
    if not mine:
        return None
    issue = open_ones[0] if open_ones else mine[-1]
    words = [(word_in(comment.body, plan), comment.at) for comment in tracker.comments(issue.number)]
    word, at = [(Word.BREACH, issue.opened_at), *((word, at) for word, at in words if word)][-1]
    return Known(issue.number, issue.url, issue.is_open, word, at)


def post(what: Told, tracker: IssueTracker, labels: Sequence[str]) -> Told:
    """Do it, and return it with the issue's number.

    Raises:
        CannotJudge: the tracker does not let us.

    """
    act, number = what.step.act, what.number or 0
    if act is Act.NOTHING:
        return what
    if act is Act.OPEN:
        made = tracker.open(what.title, what.body, labels)
        return replace(what, number=made.number, url=made.url, posted=True)
    if act is Act.REOPEN:
        tracker.set_open(number, is_open=True)
    if what.body:
        tracker.comment(number, what.body)
    if act is Act.CLOSE:
        tracker.set_open(number, is_open=False)
    return replace(what, posted=True)


def keep_issue(sentinel: Sentinel, *, posting: bool) -> Told:
    """Return what is to be done about the issue, after it was done when `posting`; or why it cannot be."""
    try:
        there = host(os.environ)
    except CannotJudge as error:
        return _failed(error) if posting else replace(told(sentinel, None), unseen=str(error))
    try:
        with Connection(there) as connection:
            tracker = GitHubIssues(connection, repository_of(sentinel.plan.soak))
            what = told(sentinel, tracker)
            return post(what, tracker, sentinel.plan.soak.labels) if posting else what
    except CannotJudge as error:
        return _failed(error)


def _failed(error: CannotJudge) -> Told:
    return Told(Step(Act.NOTHING, str(error)), failed=True)


def report(sentinel: Sentinel, what: Told) -> tuple[dict[str, object], list[str]]:
    """Return what was found and done, for programs and as lines."""
    soak, step = sentinel.plan.soak, what.step
    lines = [reports.headline(sentinel.found), *reports.lines(sentinel.found), _about_issue(what)]
    if what.body and not what.posted:
        lines += ["", *(f"  {line}".rstrip() for line in (what.title, *what.body.splitlines()))]
    document: dict[str, object] = {
        "state": sentinel.state.value,
        "criteria": reports.document(soak, sentinel.found, sentinel.at),
        "issue": {
            "act": step.act.value,
            "why": step.why,
            "failed": what.failed,
            "posted": what.posted,
            "number": what.number,
            "url": what.url or None,
            "title": what.title or None,
            "body": what.body or None,
        },
    }
    return document, lines


def _about_issue(what: Told) -> str:
    if what.failed:
        return f"issue: cannot be kept: {what.step.why}"
    issue = f" {what.url}" if what.url else ""
    notes = [] if what.posted or what.step.act is Act.NOTHING else ["not done: --post does it"]
    notes += [f"one that is there was not looked for: {what.unseen}"] if what.unseen else []
    noted = f" ({'; '.join(notes)})" if notes else ""
    return f"issue: {what.step.act.value}{issue}: {what.step.why}{noted}"
