import patches
import b
print(b)
