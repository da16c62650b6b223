import importlib
from enum import Enum


class Lane(Enum):
    NEXT = "candidate.core"


importlib.import_module(Lane.NEXT.value)
