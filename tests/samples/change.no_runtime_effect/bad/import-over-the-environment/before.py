import os
os.environ['X'] = '1'
import b
b.run()
