import sys
import json

sys.modules['app.moved'] = json
