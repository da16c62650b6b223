def f():
    f'a'
