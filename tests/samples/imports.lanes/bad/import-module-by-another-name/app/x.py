from importlib import import_module as fetch

again = fetch
core = again("candidate.core")
