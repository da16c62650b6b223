import a
import b
a.setup()
b.run()
