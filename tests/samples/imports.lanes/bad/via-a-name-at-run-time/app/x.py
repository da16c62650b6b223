import importlib

importlib.import_module("tools.bridge")
