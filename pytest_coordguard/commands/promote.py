"""`coordguard promote`: from vX.Y.Z-rc to vX.Y.Z, or the list of what is missing."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from pytest_coordguard.commands.common import CLOSED, DONE, Here, Trouble, here, say


def promote(options: argparse.Namespace) -> int:
    """Say what a candidate lacks; with `--tag`, and when it lacks nothing, make the release's tag."""
    from pytest_coordguard.commands.coordination import overview_of
    from pytest_coordguard.domain.release import missing
    from pytest_coordguard.facts.release import candidate

    found = here(options.plan)
    view = overview_of(found)
    rc = candidate(found.root, options.rc or "", _changelog(found, options.changelog))
    if options.rc and not rc.tag:
        raise Trouble(f"--rc: {options.rc!r} is no tag of this clone")
    gates = options.gate or list(found.plan.gates)
    lacks = missing(rc, view, gates, options.soak)
    document = {"candidate": rc.tag, "release": rc.release, "commit": rc.commit, "missing": lacks, "tagged": False}
    if lacks:
        count = f"{len(lacks)} thing{'s'[: len(lacks) != 1]}"
        say(options, document, [f"{rc.tag or 'no candidate'}: {count} missing", *(f"  - {each}" for each in lacks)])
        return CLOSED
    if not options.tag or options.dry_run:
        say(options, document, [f"{rc.tag} may become {rc.release}; make the tag with: coordguard promote --tag"])
        return DONE
    _tag(found, rc.release, rc)
    say(options, {**document, "tagged": True}, [f"made {rc.release} at {rc.commit[:9]}; git push origin {rc.release}"])
    return DONE


def _changelog(found: Here, name: str) -> str:
    path = found.root / name
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"--changelog: {name} cannot be read ({error})") from None


def _tag(found: Here, release: str, rc: object) -> None:
    from pytest_coordguard.domain.release import Candidate
    from pytest_coordguard.facts.release import TagError, identity, make_tag

    assert isinstance(rc, Candidate)
    who = identity(found.root)
    if not who:
        raise Trouble("git does not know who makes the tag: git config user.name …; git config user.email …")
    try:
        make_tag(found.root, rc, f"{release}\n\n{rc.changelog}", who, int(datetime.now(UTC).timestamp()))
    except TagError as error:
        raise Trouble(str(error)) from None
