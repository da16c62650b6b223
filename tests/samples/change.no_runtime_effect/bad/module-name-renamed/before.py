def helper(l):
    return l


for i in []:
    helper(i)
