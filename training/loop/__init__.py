"""The training loop, its checkpoints, command-line arguments and learning-rate schedule."""
