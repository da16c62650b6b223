import Candidate
from CANDIDATE import core
