import queue
import sys
print(sys)
