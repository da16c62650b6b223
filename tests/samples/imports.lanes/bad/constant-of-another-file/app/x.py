import importlib

from app.settings import WHERE

importlib.import_module(WHERE)
