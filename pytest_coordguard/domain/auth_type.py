"""The type of a caller in a plan: where their token is from, as in `auth` of the service."""

from __future__ import annotations

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.record_type import Built, Fields
from pytest_coordguard.domain.service_shape import AUTH, auth_of


class AuthType(Built):
    """A caller, as `Auth`."""

    __slots__ = ()
    record = AUTH

    @property
    def meant(self) -> str:
        return "a mapping with one of env, token, golden"

    def build(self, read: Fields, faults: Faults) -> object:  # noqa: ARG002  # nothing is amiss between its keys
        return auth_of(read)
