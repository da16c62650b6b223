def f():
    g()
    return 2
