"""GitHub's interface, read only: what it alone knows of a pull request."""
