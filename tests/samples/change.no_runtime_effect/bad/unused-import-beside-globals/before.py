import os
print(globals())
