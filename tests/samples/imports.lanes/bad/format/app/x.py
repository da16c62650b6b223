import importlib


def load(name):
    return importlib.import_module("{}.{}".format("candidate", name))
