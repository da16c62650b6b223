import json

import tools.bridge
