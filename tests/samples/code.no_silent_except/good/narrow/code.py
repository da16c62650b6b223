from contextlib import suppress

try:
    work()
except KeyError:
    pass
with suppress(FileNotFoundError):
    work()
