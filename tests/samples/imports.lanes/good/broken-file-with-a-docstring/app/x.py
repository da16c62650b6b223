def broken(:
    """
    import candidate
    """
