if a and b and c:
    d()
