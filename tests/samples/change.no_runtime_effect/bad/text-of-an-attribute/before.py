class A:
    x = 1
    'One.'
