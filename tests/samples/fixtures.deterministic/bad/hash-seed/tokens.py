SCOPES = {"read", "write"}


def token(scope):
    return f"{hash(scope)}-{id(scope)}-{' '.join(SCOPES)}"


def scopes():
    names = set(["a", "b"])
    return [name for name in names], next(iter({"x", "y"}))
