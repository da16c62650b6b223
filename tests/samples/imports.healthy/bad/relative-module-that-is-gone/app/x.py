from .gone import a
