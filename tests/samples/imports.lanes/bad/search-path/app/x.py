import sys

sys.path.insert(0, "../candidate")
import core
