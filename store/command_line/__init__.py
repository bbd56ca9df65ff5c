"""The command lines of all programs: their tables, how they are read, and `--help`."""
