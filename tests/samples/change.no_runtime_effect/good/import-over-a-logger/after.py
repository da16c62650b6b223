import json
import logging
log = logging.getLogger(__name__)
print(json)
