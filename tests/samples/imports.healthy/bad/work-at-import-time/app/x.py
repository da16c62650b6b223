import os
import subprocess
import sys
from os import environ
from pathlib import Path

sys.path.insert(0, "lib")
os.environ["MODE"] = "x"
environ["B"] = "y"
LOG = open("a.log")
Path("logs").mkdir()
if os.name == "posix":
    subprocess.run(["true"])


class C:
    data = os.listdir(".") or os.makedirs("d")


def f(x=os.system("true")):
    os.remove("never")


if __name__ == "__main__":
    os.system("only as a script")
