LANES = ("candidate", "prod")
print("candidate.core", "candidate.toml")
exec("print(1)")
