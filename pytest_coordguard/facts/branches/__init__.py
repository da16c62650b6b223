"""Branches, pull requests and what became of them, from git's objects. Few processes, and nothing is written."""
