"""Downloads of model weights: sources, HTTP, resumable partial files, verification."""
