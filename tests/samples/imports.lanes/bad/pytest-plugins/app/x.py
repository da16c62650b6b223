pytest_plugins = ["candidate.fixtures"]
