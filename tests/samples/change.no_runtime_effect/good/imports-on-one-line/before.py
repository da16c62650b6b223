import os, sys
print(os, sys)
