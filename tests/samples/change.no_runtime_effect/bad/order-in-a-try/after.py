try:
    import b
    import a
except ImportError:
    b = None
print(a, b)
