class A:
    """A."""
