try:
    import fast
except ImportError:
    fast = None
import os
print(os)
