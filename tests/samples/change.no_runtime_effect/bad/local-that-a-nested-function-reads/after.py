def f():
    def g():
        return x
    return g
