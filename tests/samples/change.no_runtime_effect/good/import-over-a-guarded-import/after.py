import os
try:
    import fast
except ImportError:
    fast = None
print(os)
