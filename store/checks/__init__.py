"""What `--check` looks at before a program is started: one line for each finding."""
