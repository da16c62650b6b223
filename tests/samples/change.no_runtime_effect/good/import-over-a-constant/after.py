import a
import requests
VERSION = '1'
print(a, requests)
