def f():
    x = g()
    return 2
