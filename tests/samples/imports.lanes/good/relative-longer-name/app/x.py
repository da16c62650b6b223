from ..candidates import core
from .. import candidate_list
