if a:
    if b:
        d()
    else:
        e()
