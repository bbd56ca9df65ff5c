"""What `--check` looks at before the bot is started."""
