import os
import re

NAME = os.path.join('a', 'b')
RULE = re.compile('a')
f = lambda: open('later')
g = (open(n) for n in ())


def h():
    os.remove('later')
