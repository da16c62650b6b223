from . import z

b = 1
