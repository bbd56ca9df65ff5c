"""How networks compute: operations with a lean gradient, their precision, and their memory."""
