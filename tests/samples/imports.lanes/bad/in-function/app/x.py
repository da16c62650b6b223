def load():
    import candidate
