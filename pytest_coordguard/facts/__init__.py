"""Looks at a repository and judges nothing. Data out; no pytest, no reports."""
