"""Whether a Python file runs as it did before: two texts of it in, a level and what differs out."""
