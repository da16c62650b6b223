"""The type of a request in a plan: `GET /v1/models`, or a mapping that says more of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_coordguard.domain.ask import Ask, ask
from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import Entries, Node, Scalar
from pytest_coordguard.domain.record_type import Fields, Key, Record
from pytest_coordguard.domain.service_shape import AUTH, auth_of
from pytest_coordguard.domain.text_types import TEXT
from pytest_coordguard.domain.value_types import (
    FAULTY,
    Anything,
    Choice,
    Either,
    HasOwner,
    ListOf,
    MapOf,
    Number,
    Schema,
    Text,
)

LINE = Text("a method and a path, as GET /v1/models", r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[^\x00-\x20\x7f]*")
_RECORD = Record(
    "a request",
    {
        "ask": Key(LINE, "Method and path, as POST /v1/embeddings.", required=True),
        "json": Key(Anything(), "The body, sent as JSON."),
        "body": Key(TEXT, "The body as it is, where it is to be no JSON."),
        "type": Key(TEXT, "The media type of `body`."),
        "headers": Key(MapOf(TEXT), "More headers."),
        "auth": Key(Either((Choice(("plan", "none", "garbage")), AUTH)), "Whose token.", default="plan"),
        "status": Key(ListOf(Number(whole=True), at_least=1), "The status that is expected; without this key, 2xx."),
        "answers": Key(TEXT, "The media type that is expected, as text/event-stream."),
        "times": Key(Number(whole=True), "How often at most, with one token, until it answers so.", default=1),
    },
)


class AskType(HasOwner):
    """A request, as `Ask`."""

    __slots__ = ()
    meant = f"{LINE.meant}, or a mapping with 'ask'"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        if not isinstance(node, Entries):
            read = LINE.read(node, key.text, faults)
            return read if read is FAULTY else ask(str(read))
        before = len(faults.findings)
        fields = _RECORD.read_of(key, node, faults)
        return _ask(fields) if isinstance(fields, Fields) and len(faults.findings) == before else FAULTY

    def schema(self) -> Schema:
        return {"anyOf": [LINE.schema(), _RECORD.schema()]}


def _ask(read: Fields) -> Ask:
    values = read.values
    given: dict[str, Any] = read.given("headers", "status", "times", answer_type="answers", media_type="type")
    auth = values.get("auth", "plan")
    made = ask(values["ask"], **given, auth=auth_of(auth) if isinstance(auth, Fields) else auth)
    if "json" in values:
        return made.with_json(values["json"])
    return replace(made, content=values.get("body", "").encode())
