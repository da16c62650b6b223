def f():
    for _i in range(3):
        g()
