"""Steps of several paintings at once: how they are computed, and how paintings meet for them."""
