from importlib.util import find_spec

HAS = find_spec("candidate") is not None
