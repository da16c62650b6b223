try:
    f()
except Exception:
    g()
