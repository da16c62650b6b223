import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or sys.argv:
    import candidate
