def f():
    global x
