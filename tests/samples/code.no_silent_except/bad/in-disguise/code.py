from contextlib import suppress as quiet
import contextlib

ALL = (ValueError, Exception)
for each in work():
    try:
        each()
    except ALL:
        continue
with quiet(BaseException), open("a"):
    work()
with contextlib.suppress(Exception):
    work()
try:
    work()
except* Exception:
    def told():
        raise
