import a
def f(x: int = 1) -> str:
    return os.sep
import os
a.f(f)
