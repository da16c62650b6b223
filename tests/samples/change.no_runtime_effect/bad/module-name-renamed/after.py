def helper(line):
    return line


for _i in []:
    helper(_i)
