import a
a.setup()
import b
b.run()
