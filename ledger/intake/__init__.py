"""Facts as people write them: typed, checked, read from JSON Lines, YAML, CSV and XLSX."""
