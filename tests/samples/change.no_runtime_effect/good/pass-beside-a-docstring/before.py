class A:
    """A."""

    pass
