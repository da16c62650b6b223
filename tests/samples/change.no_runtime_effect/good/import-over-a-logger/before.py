import logging
log = logging.getLogger(__name__)
import json
print(json)
