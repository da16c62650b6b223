"""Once this did

import candidate
"""

# import candidate


def f():
    """from candidate import core"""
    # from candidate import core
