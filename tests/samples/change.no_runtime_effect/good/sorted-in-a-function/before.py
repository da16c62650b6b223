def f():
    import b
    import a
    return a, b
