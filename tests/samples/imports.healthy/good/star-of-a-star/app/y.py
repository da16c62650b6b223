from .z import *
