"""The control API with which tests and the demonstration drive the sandbox."""
