"""What an OpenAPI document lets anyone ask as it stands."""

import json

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.facts.openapi.plain_gets import plain_gets
from pytest_coordguard.facts.repository import Repository


def test_operations_that_need_nothing_are_asked_for_what_they_declare(tmp_path):
    """Those with a required parameter, a variable path, or another method have to be named in the plan."""
    fine = {"200": {"content": {"Application/JSON": {}}}}
    needed = {"in": "query", "name": "q", "required": True}
    (tmp_path / "api.json").write_text(
        json.dumps(
            {
                "paths": {
                    "/v1/models": {"get": {"responses": fine}},
                    "/v1/models/{id}": {"get": {"responses": fine}},
                    "/health": {"get": {"security": [], "responses": {"204": {}, "default": {}}}},
                    "/two": {
                        "get": {
                            "parameters": [{"in": "query", "name": "q"}],
                            "responses": {"200": {"content": {"a/b": {}, "c/d": {}}}},
                        }
                    },
                    "/search": {"get": {"parameters": [needed], "responses": fine}},
                    "/shared": {"parameters": [needed], "get": {"responses": fine}},
                    "/referred": {"get": {"parameters": [{"$ref": "#/x"}], "responses": fine}},
                    "/post": {"post": {"responses": fine}},
                    "/odd": {"get": {"responses": []}},
                    "x-note": {"get": {}},
                }
            }
        )
    )

    assert plain_gets(Repository(tmp_path), "api.json") == [
        Ask("GET", "/v1/models", status=(200,), answer_type="application/json"),
        Ask("GET", "/health", auth="none", status=(204,)),
        Ask("GET", "/two", status=(200,)),
        Ask("GET", "/odd"),
    ]
