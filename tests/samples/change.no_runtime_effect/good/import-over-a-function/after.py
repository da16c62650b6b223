import os
import a
def f(x: int = 1) -> str:
    return os.sep
a.f(f)
