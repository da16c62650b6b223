import a
print(a)
