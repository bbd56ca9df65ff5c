"""What `--check` looks at before the engine is started."""
