errors = []
try:
    work()
except (ValueError, Exception) as error:
    errors.append(error)
