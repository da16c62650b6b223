from importlib import import_module


class Loader:
    def load(self, name):
        return import_module(name)
