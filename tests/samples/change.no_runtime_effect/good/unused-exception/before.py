def f():
    try:
        g()
    except OSError as error:
        return 1
