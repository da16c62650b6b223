@app.get("/")
def f():
    """One."""
