"""Whether the Python files of a repository compile, find each other, and load without a circle or a side effect."""
