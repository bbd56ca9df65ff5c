"""The engine: takes jobs from the store and paints them by VQGAN+CLIP."""
