"""Whether a data file can be read by those that read it: JSON, YAML, TOML, GitHub's workflows."""
