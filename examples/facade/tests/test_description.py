"""The service describes itself as the committed file does, and guards each route by the scope that stands there."""

import json

import pytest

from facade.settings import HERE

DESCRIPTION = json.loads((HERE / "openapi" / "facade.json").read_text())
OPERATIONS = [
    (method, path, operation)
    for path, item in DESCRIPTION["paths"].items()
    for method, operation in item.items()
    if path.startswith("/v1/")
]


def test_the_committed_description_is_what_the_service_says_of_itself(service):
    assert service("GET", "/openapi.json").json() == DESCRIPTION


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{one[0]} {one[1]}" for one in OPERATIONS])
def test_the_scope_that_is_described_is_the_one_that_opens(service, authz_headers, method, path, operation):
    (scope,) = operation["security"][0]["bearer"]

    assert service(method.upper(), path, headers=authz_headers(scope)).status_code not in {401, 403}
    assert service(method.upper(), path, headers=authz_headers("")).status_code == 403
