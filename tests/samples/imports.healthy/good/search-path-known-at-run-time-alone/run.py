import os, sys

sys.path.insert(0, os.environ['HOME'])
import tool.y
