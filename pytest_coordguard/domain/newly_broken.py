"""What a change broke, apart from what was broken before it: the findings of two states, compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from pytest_coordguard.domain.finding import Finding

Findings = tuple[Finding, ...]
LINE = re.compile(r"(\.\w+):\d+|\b(lines?) \d+(?:-\d+)?")  # within a message: `serve/main.py:14`, `line 60`


def apart(
    after: Iterable[Finding],
    before: Iterable[Finding],
    renamed: Mapping[str, str],
    as_it_was: Callable[[Finding], bool],
) -> tuple[Findings, Findings]:
    """Return the findings that are new, and those that were there before.

    Two are the same by path, rule and message: a line moves with every edit above it. Where there are more of the same
    than before, the last ones are new.

    Args:
        after: of the state that is judged.
        before: of the state that it is compared with.
        renamed: former path -> path now.
        as_it_was: whether the base has the line that a finding is on; a secret that takes another's place is new.

    """
    left = Counter((renamed.get(each.path, each.path), each.rule, _said(each)) for each in before)
    new: list[Finding] = []
    known: list[Finding] = []
    for each in sorted(after):
        key = (each.path, each.rule, _said(each))
        if left[key] > 0 and as_it_was(each):
            left[key] -= 1
            known.append(each)
        else:
            new.append(each)
    return tuple(new), tuple(known)


def _said(finding: Finding) -> str:
    return LINE.sub(r"\1\2", finding.message)
