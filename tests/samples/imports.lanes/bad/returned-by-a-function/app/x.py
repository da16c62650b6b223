import importlib


def where():
    return "candidate.core"


importlib.import_module(where())
