import candidates
from candidate_list import x
import importlib

importlib.import_module("candidates.core")
