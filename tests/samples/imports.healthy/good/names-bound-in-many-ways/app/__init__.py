import os.path as p
import json
from typing import List as L

a = b = 1
c, (d, *e) = 1, (2, 3)
f: int = 1
for g in ():
    pass
with open(__file__) as h:
    pass
if (i := 1):
    j = 1
else:
    k = 1
try:
    m = 1
except OSError as n:
    o = 1


def q():
    global r
    r = 1


class S:
    pass


match a:
    case {"x": t, **u}:
        pass
    case [v, *w] as y:
        pass
