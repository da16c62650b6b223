@app.get("/")
def f():
    """Two."""
