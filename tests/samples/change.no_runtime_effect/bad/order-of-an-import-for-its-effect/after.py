import b
import patches
print(b)
