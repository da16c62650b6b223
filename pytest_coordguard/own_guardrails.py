"""The guardrails that a repository keeps in its own files: read as text here, run in the runner."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.signature import CheckSignature, SignatureError, signatures_in
from pytest_coordguard.locate import listed_under


def own_signatures(root: Path, plan: str) -> dict[str, CheckSignature]:
    """Return the signatures of the guardrails in the files that `guardrails:` of a plan's text names.

    Raises:
        PlanError: a file is not there, or cannot be understood.

    """
    found: dict[str, CheckSignature] = {}
    faults: list[Finding] = []
    for name in listed_under("guardrails", plan):
        for file in _files(root, name):
            relative = file.relative_to(root).as_posix()
            try:
                source = file.read_text(encoding="utf-8")
                found |= {signature.check: signature for signature in signatures_in(source, relative)}
            except (OSError, UnicodeDecodeError) as error:
                faults.append(Finding(relative, 0, f"cannot be read ({error}); the plan's guardrails: names it"))
            except SignatureError as error:
                faults.append(_located(str(error)))
    if faults:
        raise PlanError(faults)
    return found


def _files(root: Path, name: str) -> list[Path]:
    target = (root / name).resolve()
    if not target.is_relative_to(root):
        return []  # the plan reader says that it leaves the repository
    return sorted(target.rglob("*.py")) if target.is_dir() else [target]


def _located(text: str) -> Finding:
    found = re.match(r"(?P<path>[^:]+):(?P<line>\d+): (?P<rest>.*)", text, re.DOTALL)
    return Finding(found["path"], int(found["line"]), found["rest"]) if found else Finding("", 0, text)
