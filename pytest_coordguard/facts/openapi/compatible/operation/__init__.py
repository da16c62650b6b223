"""Operations compared: one file a family, with its rules as data."""
