"""The worker: claims jobs from the store, paints them and reports progress."""
