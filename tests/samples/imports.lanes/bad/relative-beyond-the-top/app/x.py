from ..candidate import core
