"""When a painting is enough."""
