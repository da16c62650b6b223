"""What tests share: no property is timed, and the shop of tests/samples/service runs for what asks a service."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Auth, Service
from pytest_coordguard.facts.service.service import Running
from pytest_coordguard.facts.service.service import Service as Asked

hypothesis_settings.register_profile("untimed", deadline=None)  # a busy machine makes no claim false
hypothesis_settings.load_profile("untimed")

SAMPLES = Path(__file__).parent / "samples" / "service"


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Return a function that makes a service of the samples, not started yet; it is ended with the session."""
    made = []

    def make(serve="{python} shop.py {port}", *, broken="", given="", **settings):
        env = {"SHOP_BREAK": broken} if broken else {}
        known = {
            "serve": serve, "ready": "/healthz", "within_seconds": 20.0, "auth": Auth(token="sk-{fresh}"),
            "python": sys.executable, "env": env, **settings,
        }  # fmt: skip
        made.append(Running(Service(**known), SAMPLES, Runner(), tmp_path_factory.mktemp("service"), given))
        return made[-1]

    yield make
    for running in made:
        running.stop()


@pytest.fixture(scope="session")
def shop(start):
    """The shop as it should be, one for all tests that leave it as it was."""
    return Asked(start())
