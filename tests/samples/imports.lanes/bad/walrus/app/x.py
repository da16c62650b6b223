import importlib

if name := "candidate.core":
    importlib.import_module(name)
