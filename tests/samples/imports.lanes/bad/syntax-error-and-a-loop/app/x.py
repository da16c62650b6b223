from importlib import import_module

x = = 1
for place in ("candidate.core",):
    import_module(place)
