import requests
import sys
print(sys)
