import importlib

PARTS = ("candidate", "core")
importlib.import_module(".".join(PARTS))
