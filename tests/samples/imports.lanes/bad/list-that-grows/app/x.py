from importlib import import_module

places = []
places.append("candidate.core")
for place in places:
    import_module(place)
