"""What the forge knows of a pull request: GraphQL first, REST for what that leaves open."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.domain.pull_request import Fact, PullFacts
from pytest_coordguard.facts.pull_request.forge.by_graphql import graphql_facts
from pytest_coordguard.facts.pull_request.forge.by_rest import rest_facts
from pytest_coordguard.facts.pull_request.forge.client import Client, ForgeError
from pytest_coordguard.facts.pull_request.shape import Malformed

SOURCE = "api"


def forge_facts(client: Client, pull: int, now: str) -> PullFacts:
    """Return what the forge tells. What it did not tell is not known, and it is said why."""
    known: dict[str, Fact[Any]] = {}
    reasons: list[str] = []
    try:
        known = graphql_facts(client, pull, now)
    except (ForgeError, Malformed) as error:
        reasons.append(str(error))
    try:
        known = rest_facts(client, pull, now, known)
    except (ForgeError, Malformed) as error:
        reasons.append(str(error))
    why = "; ".join(dict.fromkeys(reasons)) or "the interface does not tell"
    silent: dict[str, Fact[Any]] = {name: Fact(source=SOURCE, why=why) for name, _ in PullFacts(pull).facts()}
    return PullFacts(pull, **{**silent, **known})
