def f():
    __tracebackhide__ = True
    assert g()
