import importlib


class Loader:
    def __init__(self, where):
        self.where = where

    def load(self):
        return importlib.import_module(self.where)


Loader("candidate.core").load()
