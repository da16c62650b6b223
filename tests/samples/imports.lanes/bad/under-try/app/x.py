try:
    from candidate import core
except ImportError:
    core = None
