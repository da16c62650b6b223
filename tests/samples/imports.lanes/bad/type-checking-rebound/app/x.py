from typing import TYPE_CHECKING

TYPE_CHECKING = True
if TYPE_CHECKING:
    import candidate
