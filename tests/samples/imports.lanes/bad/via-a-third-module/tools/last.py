import os


def late():
    from candidate.core import Thing
