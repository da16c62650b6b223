class A:
    x: Optional[int] = None
