import os
import b
os.environ['X'] = '1'
b.run()
