def f():
    'a'
