class A:
    x = 1
    'Two.'
