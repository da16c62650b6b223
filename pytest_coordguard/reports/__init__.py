"""Data in, text out. Only `files` touches a disk."""
