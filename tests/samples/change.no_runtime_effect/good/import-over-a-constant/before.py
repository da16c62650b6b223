import a
VERSION = '1'
import requests
print(a, requests)
