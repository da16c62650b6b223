WHERE = "candidate.core"
