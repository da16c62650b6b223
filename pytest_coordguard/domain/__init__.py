"""Plain data and rules. No files, no clock, no environment, no pytest."""
