try:
    from a import y, x
except ImportError:
    x = y = None
print(x, y)
