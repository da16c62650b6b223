core = __import__("candidate.core", fromlist=["*"])
