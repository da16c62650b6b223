try:
    import a
    import b
except ImportError:
    b = None
print(a, b)
