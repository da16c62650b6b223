from .y import *
