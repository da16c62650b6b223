"""Where the repository begins, and where its plan lies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PLAN = "coordguard.yaml"


@dataclass(frozen=True, slots=True)
class Location:
    """A repository and its plan."""

    root: Path
    plan: Path

    @property
    def plan_name(self) -> str:
        """The plan as a person would name it: relative to the root where it lies below it."""
        return self.plan.relative_to(self.root).as_posix() if self.plan.is_relative_to(self.root) else str(self.plan)


def locate(given: str | None, rootpath: Path, invocation: Path) -> Location:
    """Return where the plan lies.

    Args:
        given: what `--coordguard-plan` says, relative to the invocation folder; None when it says nothing.
        rootpath: pytest's rootdir; it counts where the command was started elsewhere.
        invocation: the folder that the command was started in.

    Raises:
        FileNotFoundError: there is no plan; its message says where it was looked for.

    """
    if given is not None:
        plan = (invocation / given).resolve()
        if not plan.is_file():
            raise FileNotFoundError(f"--coordguard-plan: there is no file {given!r} in {invocation}")
        return Location(_root_of(invocation, plan), plan)
    for folder in _candidates(rootpath, invocation):
        for plan in _plans_in(folder):
            if plan.is_file():
                return Location(folder, plan)
    raise FileNotFoundError(
        f"there is no {PLAN} in {rootpath} nor above; "
        "write one with: coordguard init (or name it: --coordguard-plan FILE)"
    )


def _root_of(invocation: Path, plan: Path) -> Path:
    """The repository that a plan given by name speaks of: the git work tree around the invocation, or the plan's."""
    for start in (invocation.resolve(), plan.parent):
        for folder in (start, *start.parents):
            if (folder / ".git").exists():
                return folder
    return invocation.resolve()


def _candidates(rootpath: Path, invocation: Path) -> Iterator[Path]:
    """Yield the folders in which a plan may lie: the rootdir, but before it those on the way down to the invocation.

    A folder of a repository may have a plan of its own, and pytest's settings at the top of it. Whoever stands in the
    folder means the plan that lies there.
    """
    start, root = invocation.resolve(), rootpath.resolve()
    if not start.is_relative_to(root):
        yield root
    for folder in (start, *start.parents):
        yield folder
        if (folder / ".git").exists():
            break
    yield root


def _plans_in(folder: Path) -> Iterator[Path]:
    yield folder / PLAN
    try:
        settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return  # a repository in ruins is still judged: what it cannot say here, --coordguard-plan can
    named = settings.get("tool", {}).get("coordguard", {})
    if isinstance(named, dict) and isinstance(named.get("plan"), str):
        yield folder / named["plan"]


def listed_under(key: str, text: str) -> tuple[str, ...]:
    """Return the items of a plan's top-level list of plain words, without reading the rest of it."""
    head = rf"^{re.escape(key)}:[ \t]*"
    found = re.search(
        head + r"(?:\[(?P<flow>[^\]]*)\]|(?:#.*)?\n(?P<block>(?:[ \t]*-[^\n]*\n?)+)|(?P<one>[^\s#][^\n#]*))",
        text,
        re.MULTILINE,
    )
    if found is None:
        return ()
    return tuple(re.findall(r"[\w./*-]*\w[\w./*-]*", found["flow"] or found["block"] or found["one"]))


def gates_named_in(plan: Path) -> tuple[str, ...]:
    """Return the gates that a plan names beside the two of its own."""
    return listed_under("gates", plan.read_text(encoding="utf-8", errors="replace"))
