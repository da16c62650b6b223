def f():
    import a
    import b
    return a, b
