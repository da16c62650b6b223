"""A stand-in for GitHub: its API over a real git repository, shaped by GitHub's own description of it."""
