"""The types that a guardrail's parameters may have, beside str, int, float, bool, list, dict and Literal."""

from __future__ import annotations


class RepoFile(str):
    """One file of the repository, relative to its root. The plan reader refuses one that leads out of it."""

    __slots__ = ()


class RepoPath(str):
    """A file, a folder or a glob pattern of the repository, relative to its root."""

    __slots__ = ()


class Seconds(float):
    """A duration. The plan writes it as `90s`, `20m`, `24h` or `3d`."""

    __slots__ = ()
