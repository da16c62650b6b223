a = 1; from candidate import core
