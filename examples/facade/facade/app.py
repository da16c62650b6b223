"""The service as the environment wants it, with its log set up: `uvicorn facade.app:app`."""

from __future__ import annotations

from facade import logs
from facade.service import make_app
from facade.settings import read_settings

logs.configure()
app = make_app(read_settings())
