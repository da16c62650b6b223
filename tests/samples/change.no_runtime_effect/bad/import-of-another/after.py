from b import x
print(x)
