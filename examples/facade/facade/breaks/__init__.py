"""Promises broken on purpose, one by one, so that a test can see each check fail. Never with production's policies.

The honest code knows nothing of this: what is broken inside is put in the place of its parts (`inside`), and what is
broken on the wire is changed on its way out (`wire`).
"""

from __future__ import annotations

from fastapi import FastAPI

from facade.breaks import inside, wire
from facade.breaks.hook import hook
from facade.breaks.names import Broken
from facade.parts import Parts


def install(app: FastAPI, parts: Parts) -> None:
    """Break what the settings name, and let `POST /_fault` break more where they allow it.

    Raises:
        WrongSetting: there is no such promise.

    """
    broken = Broken(parts.settings.breaks)
    inside.install(parts, broken)
    app.add_middleware(wire.Wire, broken=broken, faults=parts.settings.faults)
    if parts.settings.faults:
        app.include_router(hook(broken))
