from .inner import build as make
