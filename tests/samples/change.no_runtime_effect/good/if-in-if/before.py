if a:
    if b and c:
        d()
