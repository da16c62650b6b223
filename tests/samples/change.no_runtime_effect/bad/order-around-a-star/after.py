from b import c
from a import *
print(c)
