import candidate
