def fetch(*names):
    for name in names:
        return __import__(name)
