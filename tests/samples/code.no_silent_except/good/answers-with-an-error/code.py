def answer():
    try:
        return work()
    except Exception:
        return JSONResponse({"detail": "no"}, status_code=503)
