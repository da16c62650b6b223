import pytest
from helpers import make
import helpers.inner


@pytest.fixture
def token(salt):
    return make() + salt


def other():
    return helpers.inner.late()
