import importlib

ROOT = "candidate"


def load(name):
    return importlib.import_module(f"{ROOT}.{name}")
