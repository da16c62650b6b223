import importlib
import os

importlib.import_module(os.environ.get("CORE", "candidate.core"))
