from importlib import import_module

for alias, module in (("candidate", "json"), ("other", "re")):
    import_module(module)
