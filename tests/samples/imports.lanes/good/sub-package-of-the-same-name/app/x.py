from app.candidate import core
from .candidate import core
from . import candidate
