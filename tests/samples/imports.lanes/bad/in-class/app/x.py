class Box:
    from candidate import core
