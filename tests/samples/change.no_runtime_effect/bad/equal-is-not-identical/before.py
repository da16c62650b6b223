x = a == None
