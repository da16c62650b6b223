import importlib

NAME = None


def choose():
    global NAME
    NAME = "candidate.core"


def use():
    return importlib.import_module(NAME)
