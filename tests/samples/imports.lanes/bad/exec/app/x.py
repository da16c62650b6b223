exec("import candidate.core as core")
