"""How a painting's work changes from step to step: its size, its cutouts and its learning rate."""
