import json
x = json
import os
print(os)
