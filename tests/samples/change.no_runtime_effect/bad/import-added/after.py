import json
import requests
print(json)
