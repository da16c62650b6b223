try:
    import app.gone
except ValueError:
    pass
