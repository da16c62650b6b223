import a
import b
from c import y, z
print(a, b, z, y)
