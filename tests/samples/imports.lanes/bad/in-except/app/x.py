try:
    import json
except ImportError:
    import candidate
