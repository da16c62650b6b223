import os, sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(here, '..', 'vendor'))
import tool.y
