"""What the files of a repository import, in whatever disguise. Nothing of it is imported or run."""
