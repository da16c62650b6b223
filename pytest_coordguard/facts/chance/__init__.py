"""What differs from run to run in code: where chance, the clock, the machine or the hash seed come in."""
