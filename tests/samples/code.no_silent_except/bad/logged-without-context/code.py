try:
    work()
except Exception:
    log.error("upstream failed")
