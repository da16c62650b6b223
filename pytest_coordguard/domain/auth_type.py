"""The type of a caller in a plan: where their token is from, as in `auth` of the service."""

from __future__ import annotations

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import Node, Scalar
from pytest_coordguard.domain.record_type import Fields
from pytest_coordguard.domain.service_shape import AUTH, auth_of
from pytest_coordguard.domain.value_types import FAULTY, HasOwner, Schema


class AuthType(HasOwner):
    """A caller, as `Auth`."""

    __slots__ = ()

    @property
    def meant(self) -> str:
        return "a mapping with one of env, token, golden"

    def read(self, node: Node, name: str, faults: Faults) -> object:
        return self.read_of(Scalar(name, node.line), node, faults)

    def read_of(self, key: Scalar, node: Node, faults: Faults) -> object:
        before = len(faults.findings)
        read = AUTH.read_of(key, node, faults)
        return auth_of(read) if isinstance(read, Fields) and len(faults.findings) == before else FAULTY

    def schema(self) -> Schema:
        return AUTH.schema()
