from a import *
from b import c
print(c)
