"""Finds its port taken so many times, then serves: python taken.py PORT FOLDER TIMES."""

import sys
from pathlib import Path

from odd import Odd, Server

if __name__ == "__main__":
    notes = Path(sys.argv[2]) / "tries"
    tries = notes.read_text().split() if notes.exists() else []
    notes.write_text(" ".join([*tries, sys.argv[1]]))
    if len(tries) < int(sys.argv[3]):
        sys.exit("OSError: [Errno 98] Address already in use")
    Server(("127.0.0.1", int(sys.argv[1])), Odd).serve_forever()
