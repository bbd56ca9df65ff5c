"""The command line: `draw`, `models`, `serve`."""
