def broken(:
    from candidate.core import (
        Thing,
    )
    return import_module("candidate.late")
