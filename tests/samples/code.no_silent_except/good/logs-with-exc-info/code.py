try:
    work()
except Exception:
    log.warning("upstream failed", exc_info=True)
try:
    work()
except:
    logger.exception("upstream failed")
