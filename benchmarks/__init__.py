"""Speed and memory of the painter, measured on this machine; not part of the installed package."""
