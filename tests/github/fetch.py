"""Brings what GitHub publishes of its API into .tools/, which git ignores: `python tests/github/fetch.py`.

Three files of three npm packages. Without them, the tests that need one are skipped and say so.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).parents[2] / ".tools" / "github"
TO_FETCH = "make github-api"


@dataclass(frozen=True)
class Published:
    """One file of a package, at one version."""

    package: str
    version: str
    member: str

    @property
    def file(self) -> Path:
        return TOOLS / self.version / Path(self.member).name

    @property
    def why_not(self) -> str:
        """Why a test that needs it is skipped, "" when it is there."""
        return "" if self.file.is_file() else f"no {self.member} of npm's {self.package}; {TO_FETCH} brings it"


OPENAPI = Published("@octokit/openapi", "23.0.2", "generated/api.github.com.json")
GRAPHQL = Published("@octokit/graphql-schema", "15.26.1", "schema.graphql")
WEBHOOKS = Published("@octokit/webhooks-examples", "7.6.1", "api.github.com/index.json")


def fetch(published: Published) -> None:
    """Write the file, unless it is there."""
    if published.file.is_file():
        return
    published.file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=published.file.parent) as folder:
        spec = f"{published.package}@{published.version}"
        subprocess.run(["npm", "pack", spec, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(f"package/{published.member}")
            assert member is not None
            partial = Path(folder) / "partial"
            partial.write_bytes(member.read())
        partial.replace(published.file)


if __name__ == "__main__":
    for each in (OPENAPI, GRAPHQL, WEBHOOKS):
        try:
            fetch(each)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"{each.package}: {error}")
