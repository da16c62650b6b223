from \
    candidate import core
