def f():
    """One.

    Two.
    """
