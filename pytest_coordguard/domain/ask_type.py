"""The type of a request in a plan: `GET /v1/models`, or a mapping that says more of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
_PLACE = Text("keys and positions with dots between, as data.0.id", r"[^.\x00-\x20]+(?:\.[^.\x00-\x20]+)*")
_KEYS = {
    "ask": Key(LINE, "Method and path, as POST /v1/embeddings.", required=True),
    "json": Key(Anything(), "The body, sent as JSON."),
    "body": Key(TEXT, "The body as it is, where it is to be no JSON."),
    "type": Key(TEXT, "The media type of `body`."),
    "headers": Key(MapOf(TEXT), "More headers."),
    "auth": Key(Either((Choice(("plan", "none", "garbage")), AUTH)), "Whose token.", default="plan"),
    "status": Key(ListOf(Number(whole=True), at_least=1), "The status that is expected; without this key, 2xx."),
    "answers": Key(TEXT, "The media type that is expected, as text/event-stream."),
    "has": Key(ListOf(_PLACE), "Places in the JSON that is expected, as choices or data.0.id."),
    "times": Key(Number(whole=True), "How often at most, with one token, until it answers so.", default=1),
}


@dataclass(frozen=True, slots=True)
class AskType(HasOwner):
    """A request, as `Ask`."""

    is_inner: bool = False  # one before or after another, which has none of its own

    @property
    def meant(self) -> str:
        return f"{LINE.meant}, or a mapping with 'ask'"

    def _record(self) -> Record:
        if self.is_inner:
            return Record("a request", _KEYS)
        others = ListOf(AskType(is_inner=True))
        before = Key(others, "Requests that come first, as one that switches a fault on.")
        after = Key(others, "Requests that come last, whatever was answered.")
        return Record("a request", {**_KEYS, "before": before, "after": after})

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        if not isinstance(node, Entries):
            read = LINE.read(node, key.text, faults)
            return read if read is FAULTY else ask(str(read))
        before = len(faults.findings)
        fields = self._record().read_of(key, node, faults)
        return _ask(fields) if isinstance(fields, Fields) and len(faults.findings) == before else FAULTY

    @property
    def _name(self) -> str:
        return "request.inner" if self.is_inner else "request"

    def schema(self) -> Schema:
        """Return a reference: a plan's schema says once what a request is."""
        return {"$ref": f"#/$defs/{self._name}"}

    def definitions(self) -> Schema:
        """Return the `$defs` that the schema refers to."""
        mine = {self._name: {"anyOf": [LINE.schema(), self._record().schema()]}}
        return mine if self.is_inner else mine | AskType(is_inner=True).definitions()


def _ask(read: Fields) -> Ask:
    values = read.values
    given: dict[str, Any] = read.given(
        "headers", "status", "has", "times", "before", "after", answer_type="answers", media_type="type"
    )
    auth = values.get("auth", "plan")
    made = ask(values["ask"], **given, auth=auth_of(auth) if isinstance(auth, Fields) else auth)
    if "json" in values:
        return made.with_json(values["json"])
    return replace(made, content=values.get("body", "").encode())
