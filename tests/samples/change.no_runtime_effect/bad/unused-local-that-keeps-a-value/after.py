def f():
    hold()
    return 2
