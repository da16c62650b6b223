"""The folder that is put on the runner's path; it holds one file, `coordguard_witness`."""
