import importlib


def discover(root: str = "candidate"):
    return importlib.import_module(root)
