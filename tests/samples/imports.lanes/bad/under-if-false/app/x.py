if False:
    import candidate
