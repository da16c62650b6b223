with a, b as c:
    c()
