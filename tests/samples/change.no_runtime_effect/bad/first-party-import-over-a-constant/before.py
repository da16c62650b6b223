import os
SETTING = 1
import first
print(os, first)
