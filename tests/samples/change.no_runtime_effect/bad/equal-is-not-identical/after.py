x = a is None
