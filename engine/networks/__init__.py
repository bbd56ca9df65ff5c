"""The networks as files: VQGAN, prior, and safe readers of their checkpoints."""
