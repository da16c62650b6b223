def f():
    from app import gone
    return gone
