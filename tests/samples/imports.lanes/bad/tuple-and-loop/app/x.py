from importlib import import_module


def attempt(name):
    try:
        return import_module(name)
    except Exception:
        return None


PLACES = (
    "json",
    "candidate.core",
)
for place in PLACES:
    attempt(place)
