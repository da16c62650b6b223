try:
    work()
except Exception as error:
    raise Unavailable from None
