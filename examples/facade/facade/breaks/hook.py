"""`POST /_fault`: lets the model fail, closes the breaker, breaks promises; only where FACADE_FAULTS=1."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from facade.breaks.names import Broken
from facade.errors import ApiError
from facade.parts import parts_of
from facade.settings import WrongSetting
from facade.upstream import Fault


class Order(BaseModel, extra="forbid"):
    """What is to be so from now on; what is left out stays as it is."""

    upstream: Fault | None = None
    breaker: Literal["closed"] | None = None
    breaks: list[str] | None = None


def hook(broken: Broken) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/_fault", include_in_schema=False)
    async def fault(request: Request, order: Order) -> dict[str, Any]:
        parts = parts_of(request)
        try:
            broken.only(broken.names if order.breaks is None else order.breaks)
        except WrongSetting as error:
            raise ApiError(422, str(error), param="breaks") from error
        parts.upstream.fault = order.upstream or parts.upstream.fault
        if order.breaker:
            parts.breaker.reset()
        return {"upstream": parts.upstream.fault, "breaker": parts.breaker.state, "breaks": sorted(broken.names)}

    return router
