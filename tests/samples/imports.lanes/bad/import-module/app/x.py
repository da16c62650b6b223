import importlib

core = importlib.import_module("candidate.core")
