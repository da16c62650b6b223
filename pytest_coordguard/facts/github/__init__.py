"""GitHub's API, as far as something is said there: who may say it, how fast, and what came of it."""
