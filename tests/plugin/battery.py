"""Runs one situation through the gate and says what came out: exit status, and the verdict of each criterion."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


def beside(name: str) -> ModuleType:
    """Import a module of this folder by its file: the tests are no package."""
    if (known := sys.modules.get(f"coordguard_{name}")) is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"coordguard_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


lies = beside("lies")
EVERY = {**lies.SITUATIONS, **lies.HONEST}
QUIET = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_"))
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a gate run left behind."""

    exit: int
    verdicts: dict[str, str]  # criterion -> verdict, as the status file has them; empty when there is none
    output: str

    def trouble(self, situation: object) -> str:
        """Return in what the gate was wrong about a situation, "" when it was right."""
        honest, lie = self.verdicts.get("AC-1/honest"), self.verdicts.get("AC-2/lie")
        wrong = []
        if self.exit not in situation.exits:
            wrong.append(f"exit {self.exit}, not {sorted(situation.exits)}")
        if (lie is not None) if not situation.verdicts else (lie not in situation.verdicts):
            wrong.append(f"AC-2/lie is {lie}, not {sorted(situation.verdicts)}")
        if self.verdicts and not situation.spoils_all and honest not in ("met", "waived"):
            wrong.append(f"AC-1/honest is {honest}")
        return "; ".join(wrong)


def gate(folder: Path, *arguments: str, python: str = sys.executable) -> Result:
    """Run `pytest -m preaudit` in a folder."""
    done = subprocess.run(
        [python, "-m", "pytest", "-m", "preaudit", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=QUIET,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    status = folder / "docs/plans/task_status.json"
    found = json.loads(status.read_text(encoding="utf-8"))["criteria"] if status.exists() else []
    return Result(done.returncode, {row["id"]: row["verdict"] for row in found}, done.stdout + done.stderr)


def run(name: str, folder: Path, *arguments: str, python: str = sys.executable) -> Result:
    """Build a situation and judge it."""
    situation = EVERY[name]
    lies.build(situation, folder, lambda between: gate(between, python=python))
    return gate(folder, *situation.arguments, *arguments, python=python)
