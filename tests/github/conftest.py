"""A world with a shop in it, and the stand-in that answers for it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from github.fetch import OPENAPI
from github.stand_in import running
from github.world import new_world


@pytest.fixture
def world(tmp_path):
    return new_world(tmp_path / "shop", {"README.md": "# Shop\n", "shop/till.py": "total = 0\n" * 9})


@pytest.fixture
def github(world):
    """Run the stand-in; what of its requests and answers is not GitHub's fails the test."""
    if OPENAPI.why_not:
        pytest.skip(OPENAPI.why_not)
    with running(world) as stand_in:
        yield stand_in
    assert stand_in.violations == []
