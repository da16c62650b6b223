x = a not in b
y = a is not b
