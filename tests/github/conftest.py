"""A world with a shop in it, and the stand-in that answers for it."""

import copy
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from github.fetch import OPENAPI
from github.stand_in import running
from github.world import new_world


@pytest.fixture(scope="session")
def first_world(tmp_path_factory):
    """Return the world that each test gets a copy of: git takes longer than the tests."""
    files = {"README.md": "# Shop\n", "shop/till.py": "total = 0\n" * 9}
    return new_world(tmp_path_factory.mktemp("github") / "shop", files)


@pytest.fixture
def world(first_world, tmp_path):
    shutil.copytree(first_world.root, tmp_path / "shop", symlinks=True)
    return replace(copy.deepcopy(first_world), root=tmp_path / "shop")


@pytest.fixture
def github(world):
    """Run the stand-in; what of its requests and answers is not GitHub's fails the test."""
    if OPENAPI.why_not:
        pytest.skip(OPENAPI.why_not)
    with running(world) as stand_in:
        yield stand_in
    assert stand_in.violations == []
