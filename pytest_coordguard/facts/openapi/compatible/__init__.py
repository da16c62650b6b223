"""Compatibility: what a client of the base can no longer do, or no longer understands, under the change."""
