from contextlib import suppress

try:
    import app.gone
except (ImportError, AttributeError):
    import app.also_gone as gone
with suppress(ImportError):
    from app import third
try:
    from app.fourth import x
except Exception:
    x = None
