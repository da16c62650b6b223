import importlib

NAMES = ["json", "candidate.core"]
modules = list(map(importlib.import_module, NAMES))
