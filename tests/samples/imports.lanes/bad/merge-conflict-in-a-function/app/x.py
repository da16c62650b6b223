import importlib


def load():
<<<<<<< HEAD
    names = ("json",)
=======
    names = ("candidate.core",)
>>>>>>> next
    return [importlib.import_module(name) for name in names]
