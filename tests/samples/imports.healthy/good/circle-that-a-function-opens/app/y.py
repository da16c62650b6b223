def f():
    import app.x
