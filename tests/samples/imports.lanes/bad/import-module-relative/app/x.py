import importlib

core = importlib.import_module(".core", package="candidate")
