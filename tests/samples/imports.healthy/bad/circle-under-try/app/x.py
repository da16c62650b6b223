try:
    import app.y
except ImportError:
    pass
