"""Networks that turn words, or nothing, into a grid of a VQGAN's codes."""
