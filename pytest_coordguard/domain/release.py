"""What a release candidate lacks before it may be a release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.standing import GateStanding, Standing
from pytest_coordguard.domain.task_status import REGRESSED
from pytest_coordguard.domain.verdict import Verdict

CANDIDATE = re.compile(r"(v?\d+\.\d+\.\d+)-rc[.\-]?(\d*)\Z")
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag of a release candidate, and what is there beside it."""

    tag: str  # "" when there is none
    commit: str = ""
    since: int = 0  # when it was tagged, seconds since 1970
    release_taken: bool = False  # whether the release's tag is there already
    changelog: str = ""  # the section of the changelog on this release

    @property
    def release(self) -> str:
        """The tag of the release that it would become."""
        found = CANDIDATE.match(self.tag)
        return found[1] if found else ""


def newest(tags: Sequence[str]) -> str:
    """Return the newest candidate among tags by its version, "" when none is one."""

    def version(tag: str) -> tuple[int, ...]:
        found = CANDIDATE.match(tag)
        assert found is not None
        return (*map(int, found[1].lstrip("v").split(".")), int(found[2] or 0))

    return max(filter(CANDIDATE.match, tags), key=version, default="")


def section(changelog: str, release: str) -> str:
    """Return what a changelog says of a release: the text below its heading, "" when it has none."""
    name = re.escape(release.lstrip("v"))
    found = re.search(rf"^#+\s*\[?v?{name}\]?(?![\w.-]).*$", changelog, re.MULTILINE)
    if found is None:
        return ""
    level = len(found[0]) - len(found[0].lstrip("#"))
    rest = changelog[found.end() :]
    end = re.search(rf"^#{{1,{level}}}\s", rest, re.MULTILINE)
    return rest[: end.start() if end else len(rest)].strip()


def missing(
    candidate: Candidate, view: Overview, gates: Sequence[str], soak_hours: float, besides: Sequence[str] = ()
) -> list[str]:
    """Return what keeps a candidate from being released, in sentences; none when it may be.

    Args:
        candidate: the tag and what is there.
        view: all that is known now.
        gates: the gates that must be open on that very commit.
        soak_hours: how long ago it must have been tagged.
        besides: criteria that do not count, as the one that asks this very question.

    """
    if not candidate.tag:
        return ["there is no tag of a candidate, as v1.2.0-rc1"]
    if not candidate.release:
        return [f"{candidate.tag} is no candidate; meant: a tag as v1.2.0-rc1"]
    found = [*_about_the_commit(candidate, view), *_about_the_tag(candidate, view, soak_hours)]
    by_name = {gate.gate: gate for gate in view.gates}
    if not gates:
        found.append("no gate was asked for")
    for name in gates:
        found += _about_the_gate(by_name[name], besides) if name in by_name else [f"the plan has no gate {name}"]
    fallen = [state.task.id for state in view.states if state.status == REGRESSED]
    if fallen:
        found.append(f"{', '.join(fallen)} fell back: merged, and a criterion fails")
    return found


def judged_now(view: Overview, gates: Sequence[str], besides: Sequence[str] = ()) -> list[str]:
    """Return the criteria of gates that the run in which this is asked is judging: nobody knows yet how they end."""
    run = view.record.run
    if run.state != "running":
        return []
    found = [each for gate in view.gates if gate.gate in gates for each in gate.standings]
    return [
        each.criterion.id
        for each in found
        if each.criterion.id not in besides
        and each.known.verdict is Verdict.NOT_RUN
        and each.known.provenance.run == run.id
    ]


def _about_the_commit(candidate: Candidate, view: Overview) -> list[str]:
    now, found = view.now, []
    if now.commit != candidate.commit and candidate.commit not in now.same:
        here = now.commit[:9] if now.commit else "nothing"
        found.append(f"{candidate.tag} is {candidate.commit[:9]}, and {here} is checked out")
    if now.dirty:
        found.append("there are uncommitted changes")
    return found


def _about_the_tag(candidate: Candidate, view: Overview, soak_hours: float) -> list[str]:
    found = []
    if candidate.release_taken:
        found.append(f"{candidate.release} is there already")
    age = (view.at - candidate.since) / HOUR
    if age < soak_hours:
        found.append(f"{candidate.tag} was tagged {age:.1f} h ago; it has to soak for {soak_hours:g} h")
    if not candidate.changelog:
        found.append(f"the changelog says nothing of {candidate.release.lstrip('v')}")
    return found


def _about_the_gate(gate: GateStanding, besides: Sequence[str]) -> list[str]:
    mine = [each for each in gate.standings if each.criterion.id not in besides]
    if not mine:
        return [f"gate {gate.gate} selects nothing"]
    return [f"gate {gate.gate}: {each.criterion.id} is {_word(each)}" for each in mine if not each.opens]


def _word(standing: Standing) -> str:
    told = standing.word.replace("_", " ")
    return f"{told} ({standing.stale})" if standing.known.verdict.opens and standing.stale else told
