from importlib import import_module

NAME = "json"


class Box:
    NAME = "candidate"

    def load(self):
        return import_module(NAME)
