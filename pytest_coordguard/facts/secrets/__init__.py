"""Credentials in files: candidates from an engine, judged by value, name and place. No value ever leaves here."""
