import os  # noqa: E402
print(os)
