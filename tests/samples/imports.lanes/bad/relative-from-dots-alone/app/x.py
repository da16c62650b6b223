from .. import candidate
