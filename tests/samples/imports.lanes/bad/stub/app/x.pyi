from candidate.core import Thing
