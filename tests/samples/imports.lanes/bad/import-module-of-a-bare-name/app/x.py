import importlib

core = importlib.import_module(name="candidate")
