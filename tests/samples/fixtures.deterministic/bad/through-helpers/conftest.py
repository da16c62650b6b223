import random
import pytest


@pytest.fixture
def salt():
    return random.random()


@pytest.fixture
def unused():
    return random.random()
