import b
import a
from c import z, y
print(a, b, z, y)
