"""The painter: cutouts, losses, scenes, optimisation and the memory budget."""
