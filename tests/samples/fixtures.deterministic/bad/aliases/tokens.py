import random as r
import datetime as dt
from uuid import uuid4 as new
from os import urandom
from time import strftime
import secrets

ONE = r.choice("abc")


def token():
    return str(new()) + urandom(3).hex() + secrets.token_hex()


def when():
    return dt.datetime.now(), dt.date.today(), strftime("%Y")


class Maker:
    make = staticmethod(new)
    late = __import__("uuid").uuid1()
    odd = getattr(r, "random")()
