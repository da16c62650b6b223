import json


def broken(:
    pass


import candidate
