def f():
    lock = hold()
    return 2
