import os
import first
SETTING = 1
print(os, first)
