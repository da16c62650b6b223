import importlib

LAZY = {"Thing": ("candidate.core", "Thing")}


def __getattr__(name):
    module, member = LAZY[name]
    return getattr(importlib.import_module(module), member)
