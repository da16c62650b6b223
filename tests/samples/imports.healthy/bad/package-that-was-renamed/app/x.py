from candidate.core import a
