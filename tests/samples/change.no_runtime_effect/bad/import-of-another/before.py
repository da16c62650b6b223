from a import x
print(x)
