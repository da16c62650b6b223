def f():
    assert g()
