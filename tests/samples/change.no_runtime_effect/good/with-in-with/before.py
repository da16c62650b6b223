with a:
    with b as c:
        c()
