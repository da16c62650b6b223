"""Schemas compared keyword by keyword: one file a family, with its rules as data."""
