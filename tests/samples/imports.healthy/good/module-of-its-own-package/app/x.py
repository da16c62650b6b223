from app import y
from . import y as z
