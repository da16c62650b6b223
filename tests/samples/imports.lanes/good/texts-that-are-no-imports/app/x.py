LANES = ("candidate", "prod")
print("candidate.core")
exec("print(1)")
