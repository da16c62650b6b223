from .x import a
