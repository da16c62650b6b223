def f(a, /, b):
    if (n := a):
        return {} | {}
    return n

match = type = f
x: 'int | None' = None
