"""All work on a plan's tasks that git shows: what was merged, what is open, and what is neither."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.task_link import Linker, Traces, bare_branch, trailers_in
from pytest_coordguard.domain.work import EMPTY, MERGED, OPEN, Change, Pulls, PullState, Work, in_time
from pytest_coordguard.facts import git
from pytest_coordguard.facts.branches.commits import MOST, Commit, commits
from pytest_coordguard.facts.branches.landed import Landed, landed, merged_numbers
from pytest_coordguard.facts.branches.merging import matrix
from pytest_coordguard.facts.branches.refs import Tip, tips, worktrees
from pytest_coordguard.facts.repository import under

Touched = Iterable[tuple[str, str]]  # status letter, path
SPENT = re.compile(
    r"^(?:Time-)?Spent:[ \t]*(?:(\d+(?:\.\d+)?)[ \t]*h)?[ \t]*(?:(\d+)[ \t]*m(?:in)?)?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class History:
    """What was read of a repository, before it is known whose work it is."""

    main: str
    tip: str  # of the default branch
    since: int
    landed: tuple[Landed, ...] = ()
    tips: tuple[Tip, ...] = ()
    ahead: Mapping[str, Commit] | None = None  # commits that the default branch does not have, by id


def gather(
    root: Path,
    plan: Plan,
    *,
    now: int,
    pulls: Pulls | None = None,
    merging: bool = True,
    look: bool = False,
) -> Work:
    """Return the work on a plan's tasks.

    Args:
        root: the repository.
        plan: its tasks; what is older than the plan belongs to none of them.
        now: seconds since 1970.
        pulls: what a forge says of pull requests; None when no one asked it.
        merging: try to merge each open change of a task into the default branch.
        look: count the files that differ in each work tree.

    """
    name, here, head = plan.base or git.default_branch(root) or "HEAD", git.branch(root) or "", git.head(root)
    if here and here == bare_branch(name):
        name = here  # what was committed to it and not pushed yet is on it too
    tip = git.commit(root, name)
    if tip is None:
        return Work(main=name, now=now, notes=("there is no commit yet",))
    history = read(root, name, tip, began(root, plan))
    linker = _Linking(Linker(plan.tasks, _titles(history)), bare_branch(name), plan.reports.paths)
    merged = [_of_landed(each, linker, pulls.states if pulls else {}) for each in reversed(history.landed)]
    found = list(in_time([*merged, *_open(history, linker, pulls)]))
    if merging:
        found = list(_tried(root, history, found))
    return Work(
        known=True,
        main=name,
        main_commit=tip,
        on_main=head is None or head == tip or _is_behind(root, head, tip),
        branch=here,
        since=history.since,
        now=now,
        changes=tuple(found),
        worktrees=worktrees(root, look=look),
        pulls_known=pulls is not None and pulls.told,
        pulls_source=pulls.source if pulls else "",
        notes=tuple(_notes(history)),
        merges=dict(Counter(_day(each.commit.when) for each in history.landed)),
    )


def began(root: Path, plan: Plan) -> tuple[int, str]:
    """Return when a plan's work began, and the commit that brought the plan; 0 and "" when that is not known.

    The day that the plan names goes before. The plan's own commit and what lies before it are none of its work.
    """
    if plan.since is not None:
        return int(datetime(plan.since.year, plan.since.month, plan.since.day, tzinfo=UTC).timestamp()), ""
    raw = git.output(root, "log", "--format=%ct %H", "--diff-filter=A", "--no-renames", "-1", "HEAD", "--", plan.path)
    when, _, commit = (raw or b"").decode().strip().partition(" ")
    return (int(when), commit) if commit else (0, "")


def read(root: Path, main: str, tip: str, beginning: tuple[int, str]) -> History:
    """Read what was merged since the beginning, and what is ahead of the default branch: three processes."""
    since, commit = beginning
    found = commits(root, [tip], [commit] if commit else [], since=since)
    refs = tuple(each for each in tips(root) if each.when >= since)
    ahead = commits(root, sorted({each.commit for each in refs}), [tip], since=since)
    return History(main, tip, since, landed(found), refs, {each.id: each for each in ahead})


def _is_behind(root: Path, head: str, tip: str) -> bool:
    return git.output(root, "merge-base", "--is-ancestor", head, tip) is not None


def _notes(history: History) -> Iterator[str]:
    seen = sum(1 + len(each.inner) for each in history.landed)
    if seen >= MOST:
        yield f"only the last {MOST} commits were looked at"


def _day(when: int) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}"


# -- merged --------------------------------------------------------------------------------------------------


def _of_landed(each: Landed, linker: _Linking, pulls: Mapping[int, PullState]) -> Change:
    whole = (each.commit, *each.inner)
    pull = pulls.get(each.number or 0) or (PullState(each.number) if each.number else None)
    branch = each.branch or (pull.branch if pull else "")
    name = f"#{each.number}" if each.number else each.commit.id[:9]
    how = f"{'merged' if each.number or each.inner else 'committed'} as {each.commit.id[:9]}"
    return Change(
        name=name,
        state=EMPTY if each.empty else MERGED,
        how=f"{how}, which changes no file" if each.empty else how,
        tip=each.commit.id,
        title=_title(each),
        branch=branch,
        pull=pull,
        first=min(one.when for one in whole),
        last=max(one.when for one in (each.inner or whole)),
        merged_at=each.commit.when,
        authors=_authors(whole),
        paths=each.commit.paths,
        spent_hours=_spent(whole),
        **linker.said(_title(each), whole, branch, pull, each.commit.touched),
    )


def _title(each: Landed) -> str:
    if each.inner and each.commit.subject.startswith("Merge pull request"):
        rest = each.commit.message.partition("\n")[2].strip()
        return rest.partition("\n")[0] or each.commit.subject
    return each.commit.subject


def _titles(history: History) -> Iterator[str]:
    """Yield the titles of all that was merged and of all that is open, once each."""
    yield from map(_title, history.landed)
    numbers, ahead = merged_numbers(history.landed), history.ahead or {}
    for commit in {tip.commit for tip in history.tips if tip.pull not in numbers}:
        if commit in ahead:
            yield ahead[commit].subject


def _authors(whole: Iterable[Commit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in whole for name in (one.author, *one.others)))


def _spent(whole: Iterable[Commit]) -> float | None:
    """Return the hours that `Spent: 1h 30m` trailers say, None where there is none."""
    said = [found for one in whole for found in SPENT.finditer(one.message) if found[1] or found[2]]
    return sum(float(found[1] or 0) + float(found[2] or 0) / 60 for found in said) if said else None


@dataclass(frozen=True, slots=True)
class _Linking:
    """Links what git shows to tasks. Work on the default branch is not a branch's, and a report is nobody's work."""

    linker: Linker
    main: str
    reports: tuple[str, ...]

    def said(
        self, title: str, whole: Sequence[Commit], branch: str, pull: PullState | None, touched: Touched
    ) -> dict[str, Any]:
        """Return the tasks that commits belong to, and what they name besides, as fields of a change.

        That a report is there for the first time is somebody's work; that it is written again is nobody's.
        """
        touched = [(state, path) for state, path in touched if state == "A" or not under(path, self.reports)]
        new = frozenset(path for state, path in touched if state == "A")
        trailers = tuple(dict.fromkeys(name for one in whole for name in trailers_in(one.message)))
        labels = pull.labels if pull else ()
        own = "" if bare_branch(branch) == self.main else branch
        traces = Traces(trailers, labels, own, tuple(path for _, path in touched), new, title)
        return {"links": self.linker.links(traces), "unknown": self.linker.unknown(traces)}


# -- not merged ----------------------------------------------------------------------------------------------


def _open(history: History, linker: _Linking, pulls: Pulls | None) -> list[Change]:
    """Return what is ahead of the default branch, the newest last. A branch and its pull request are one change."""
    numbers = merged_numbers(history.landed)
    by_commit: dict[str, list[Tip]] = {}
    for tip in history.tips:
        by_commit.setdefault(tip.commit, []).append(tip)
    found = []
    for commit in sorted(by_commit, key=lambda each: (by_commit[each][0].when, each)):
        mine = by_commit[commit]
        pull = _pull(mine, pulls)
        if commit == history.tip or _is_closed(pull) or any(tip.pull in numbers for tip in mine):
            continue
        own = _ahead(commit, history.ahead or {})
        if own and not all(_is_main(tip, history.main) for tip in mine):
            found.append(_of_tip(mine, own, pull, linker))
    return found


def _is_main(tip: Tip, main: str) -> bool:
    return tip.pull is None and tip.name == bare_branch(main)


def _is_closed(pull: PullState | None) -> bool:
    return pull is not None and pull.open is False


def _pull(mine: Sequence[Tip], pulls: Pulls | None) -> PullState | None:
    number = next((tip.pull for tip in mine if tip.pull is not None), None)
    names = {tip.name for tip in mine if tip.name}
    for pull in pulls.states.values() if pulls else ():
        if pull.number == number or (pull.open and (pull.branch in names or pull.head == mine[0].commit)):
            return pull
    if number is None:
        return None
    return PullState(number, open=False if pulls and pulls.every_open else None)


def _ahead(tip: str, ahead: Mapping[str, Commit]) -> list[Commit]:
    found: dict[str, Commit] = {}
    left = [tip]
    while left:
        name = left.pop()
        if name in ahead and name not in found:
            found[name] = ahead[name]
            left += ahead[name].parents
    return sorted(found.values(), key=lambda each: (each.when, each.id))


def _of_tip(mine: Sequence[Tip], own: Sequence[Commit], pull: PullState | None, linker: _Linking) -> Change:
    named = min((tip for tip in mine if tip.name), key=lambda tip: (bool(tip.remote), tip.ref), default=mine[0])
    branch = named.name or (pull.branch if pull else "")
    touched = _net(own)
    count, title = len(own), (pull.title if pull else "") or own[-1].subject
    return Change(
        name=f"#{pull.number}" if pull else branch,
        state=OPEN if touched else EMPTY,
        how=f"{count} commit{'s'[: count != 1]} ahead" if touched else "its commits change no file",
        tip=mine[0].commit,
        title=title,
        branch=branch,
        ref=named.ref,
        pull=pull,
        first=own[0].when,
        last=own[-1].when,
        authors=_authors(own),
        ahead=count,
        paths=tuple(path for _, path in touched),
        spent_hours=_spent(own),
        **linker.said(title, own, branch, pull, touched),
    )


def _net(own: Sequence[Commit]) -> tuple[tuple[str, str], ...]:
    """Return what the commits touch together. A merge of the default branch into a branch is not its work."""
    found: dict[str, str] = {}
    for each in own:
        for status, path in each.touched if len(each.parents) < 2 else ():  # noqa: PLR2004  a merge
            found[path] = "A" if found.get(path, status) == "A" else status
    return tuple((status, path) for path, status in sorted(found.items()))


def _tried(root: Path, history: History, found: Iterable[Change]) -> Iterator[Change]:
    """Say of each open change of a task whether it conflicts with the default branch, or changes nothing there."""
    changes = list(found)
    wanted = {each.tip: each.tip for each in changes if each.state == OPEN and each.tasks}
    known = matrix(root, history.tip, wanted, pairs=False)
    for each in changes:
        merge = known.alone.get(each.tip)
        if each.tip in known.noops:
            yield replace(each, state=EMPTY, how="all that it changes is on the default branch already", conflicts=())
        elif merge is None or merge.unreadable:
            yield each
        else:
            yield replace(each, conflicts=merge.conflicts)
