try:
    import app.gone
except ImportError:
    pass
