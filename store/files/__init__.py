"""The file store, atomic writes and validation of images."""
