if a and b:
    d()
else:
    e()
