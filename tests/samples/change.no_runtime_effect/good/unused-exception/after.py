def f():
    try:
        g()
    except OSError:
        return 1
