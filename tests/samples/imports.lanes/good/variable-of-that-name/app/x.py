candidate = object()
for candidate in (1, 2):
    print(candidate.real)
