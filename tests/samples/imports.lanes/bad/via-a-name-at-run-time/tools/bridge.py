import importlib

importlib.import_module("candidate.core")
