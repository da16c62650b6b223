match 1:
    case 1:
        import candidate
