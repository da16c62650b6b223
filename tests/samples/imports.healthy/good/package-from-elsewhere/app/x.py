import requests
import yaml.gone
from os.path import join
