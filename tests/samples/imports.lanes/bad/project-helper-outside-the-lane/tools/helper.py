from importlib import import_module


def fetch(*, name):
    return import_module(name)
