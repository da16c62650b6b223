import importlib

importlib.import_module("cand" + "idate" + ".core")
