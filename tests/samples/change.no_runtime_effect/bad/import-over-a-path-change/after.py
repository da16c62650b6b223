import json
import sys
sys.path.insert(0, 'x')
print(json)
