print "hello"
import candidate
exec "x = 1"
