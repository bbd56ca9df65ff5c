"""Every change of the tables, in order; `python -m migrations "what changes"` writes the next."""
