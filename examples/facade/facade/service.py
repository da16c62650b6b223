"""The service, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from facade import description, errors
from facade.middleware import Caught, Limited, Logged
from facade.parts import Parts, assemble
from facade.routes import open_to_all, v1
from facade.settings import Settings


def make_app(settings: Settings) -> FastAPI:
    """Return the service.

    Raises:
        WrongSetting: with these settings it must not start.

    """
    parts = assemble(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await parts.close()

    app = FastAPI(
        lifespan=lifespan,
        title="Facade",
        version=description.VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.parts = parts
    app.include_router(open_to_all)
    app.include_router(v1)
    errors.install(app)
    description.install(app)
    _surround(app, parts)
    return app


def _surround(app: FastAPI, parts: Parts) -> None:
    """Add what is around each request, from the inside out."""
    app.add_middleware(Caught)
    app.add_middleware(Limited, parts=parts)
    app.add_middleware(Logged, parts=parts)
    if parts.settings.faults or parts.settings.breaks:
        from facade import breaks

        breaks.install(app, parts)
