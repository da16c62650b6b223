class A:
    x: int | None = None
