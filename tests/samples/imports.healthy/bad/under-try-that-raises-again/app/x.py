try:
    import app.gone
except ImportError as error:
    raise RuntimeError('no') from error
