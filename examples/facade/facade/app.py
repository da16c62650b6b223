"""The service, put together: `uvicorn facade.app:app`."""

from __future__ import annotations

from fastapi import FastAPI

from facade import description, errors, logs
from facade.middleware import Caught, Limited, Logged
from facade.parts import Parts, assemble
from facade.routes import open_to_all, v1
from facade.settings import Settings, read_settings


def make_app(settings: Settings) -> FastAPI:
    """Return the service.

    Raises:
        WrongSetting: with these settings it must not start.

    """
    parts = assemble(settings)
    app = FastAPI(
        title="Facade", version=description.VERSION, docs_url=None, redoc_url=None, openapi_url="/openapi.json"
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


def serve() -> FastAPI:
    """Return the service as the environment wants it, with its log set up."""
    settings = read_settings()
    logs.configure()
    return make_app(settings)


app = serve()
