try:
    from a import x, y
except ImportError:
    x = y = None
print(x, y)
