# a number
x = 1
