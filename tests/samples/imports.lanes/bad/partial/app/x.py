import importlib
from functools import partial

load = partial(importlib.import_module)
load("candidate")
