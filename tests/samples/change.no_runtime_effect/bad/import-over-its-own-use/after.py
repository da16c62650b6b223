x = json
import json
import os
print(os)
